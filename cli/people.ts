/** The console's API, for people who sign in with a one-time token. */
import { type Remote, sendAdmin } from "../sdk/admin.ts";

/** The person who signs in. */
export interface Person {
  readonly name: string;
  readonly groups: readonly string[];
  /**
   * Issuer of the name, needed to compare the person with the subject of an approval; default: `console.local_issuer`.
   */
  readonly issuer?: string | undefined;
}

/** @throws Error if the gateway's configuration does not allow one-time tokens */
export async function signInToken(remote: Remote, person: Person): Promise<string> {
  const { name: sub, groups, issuer: iss } = person;
  const answer = await sendAdmin(remote, "POST", "console/tokens", { sub, groups, ...(iss !== undefined && { iss }) });
  return ((await answer.json()) as { token: string }).token;
}

/** A session of the console, for `Authorization: Bearer`. */
export async function startSession(remote: Remote, person: Person): Promise<string> {
  const answer = await fetch(new URL("/console/sign-in", remote.gateway), {
    method: "POST",
    // The console accepts forms only from its own pages.
    headers: { accept: "application/json", origin: new URL(remote.gateway).origin },
    body: new URLSearchParams({ token: await signInToken(remote, person) }),
  });
  if (!answer.ok) throw new Error(`the console answered ${answer.status}`);
  return ((await answer.json()) as { session: string }).session;
}

/** @throws Error with what the console answered */
export async function askConsole(remote: Remote, session: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(new URL(`/console/${path}`, remote.gateway), {
    method: body === undefined ? "GET" : "POST",
    headers: { accept: "application/json", "content-type": "application/json", authorization: `Bearer ${session}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const json = (await answer.json()) as { error_description?: string };
  if (!answer.ok) throw new Error(json.error_description ?? `the console answered ${answer.status}`);
  return json;
}
