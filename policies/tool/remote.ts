/** A gateway's `/admin/policies`, from the author's side. */
import { CompactSign, importJWK } from "jose";
import type { PrivateKey } from "../../sdk/keys.ts";
import { RELEASE_TYPE, type Release, type ReleaseClaims } from "../../worker/policy/release.ts";
import type { Difference } from "../../worker/policy/shadow.ts";
import type { AuditRecord, RecordedChain } from "../../worker/state/record.ts";

export interface Remote {
  readonly gateway: string;
  readonly adminToken: string;
}

export interface Published {
  readonly current: string | undefined;
  readonly candidate: string | undefined;
  /** Newest first. */
  readonly releases: readonly Release[];
}

export interface LiveDifference extends Difference {
  readonly id: string;
  readonly time: string;
  readonly route: string;
  readonly chain: RecordedChain;
}

/** @throws Error with what the gateway answered */
async function ask(remote: Remote, path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(new URL(`/admin/${path}`, remote.gateway), {
    ...init,
    headers: { authorization: `Bearer ${remote.adminToken}` },
  }).catch((cause: unknown) => {
    throw new Error(`the gateway ${remote.gateway} cannot be reached`, { cause });
  });
  if (response.ok) return response;
  if (response.status === 404) throw new Error(`the gateway knows nothing of \`${path.split("/").at(-1)}\``);
  const { error_description: reason } = (await response.json().catch(() => ({}))) as { error_description?: string };
  throw new Error(`the gateway answered ${response.status}${reason === undefined ? "" : `: ${reason}`}`);
}

export async function fetchPublished(remote: Remote): Promise<Published> {
  return (await ask(remote, "policies")).json() as Promise<Published>;
}

export async function fetchSet(remote: Remote, hash: string): Promise<string> {
  return (await ask(remote, `policies/sets/${hash}`)).text();
}

export async function fetchSource(remote: Remote, hash: string): Promise<string> {
  return (await ask(remote, `policies/sources/${hash}`)).text();
}

export async function fetchComparison(remote: Remote, candidate: string) {
  const answer = await ask(remote, `policies/comparison/${candidate}`);
  return answer.json() as Promise<{ compared: number; differing: number; differences: LiveDifference[] }>;
}

/** A decision is found by its id a moment after it was recorded: an unknown one is asked for once more. */
export async function fetchDecision(remote: Remote, id: string): Promise<{ txn: string; record: AuditRecord }> {
  const path = `decisions/${encodeURIComponent(id)}`;
  const answer = await ask(remote, path).catch(async () => {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    return ask(remote, path);
  });
  return answer.json() as Promise<{ txn: string; record: AuditRecord }>;
}

/** Stores a set under its hash; it decides nothing until it is released. */
export async function uploadSet(
  remote: Remote,
  { hash, text, source }: { hash: string; text: string; source: string },
): Promise<void> {
  await ask(remote, `policies/sets/${hash}`, { method: "PUT", body: JSON.stringify({ set: text, source }) });
}

type Wish =
  | Omit<Extract<ReleaseClaims, { kind: "current" }>, "seq" | "iat">
  | Omit<Extract<ReleaseClaims, { kind: "shadow" }>, "seq" | "iat">;

/** Signs the next release and hands it in. */
export async function release(remote: Remote, publisher: PrivateKey, wish: Wish): Promise<Release> {
  const { releases } = await fetchPublished(remote);
  const claims = { ...wish, seq: (releases[0]?.seq ?? 0) + 1, iat: Math.floor(Date.now() / 1000) };
  const jws = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "EdDSA", typ: RELEASE_TYPE, kid: publisher.kid })
    .sign(await importJWK({ ...publisher }, "EdDSA"));
  return (await ask(remote, "policies/releases", { method: "POST", body: jws })).json() as Promise<Release>;
}
