/** A gateway that sends security events, another that takes them, and receivers that the test decides for. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { expect } from "vitest";
import { freePort } from "../../../local/free-port.ts";
import { CAST } from "../../vectors/craft.ts";
import { admin, startWorld, type World } from "../harness.ts";

export const CAEP = "https://schemas.openid.net/secevent/caep/event-type";
export const PEER = "https://gateway.peer.example";
export const TOKENS = { SOC_TOKEN: "soc-secret", PEER_TOKEN: "peer-secret", BAD_TOKEN: "bad-secret" };

/** A receiver that answers as the test wants, and counts. */
export interface Hostile {
  readonly url: string;
  readonly server: Server;
  seen: number;
  answer: (response: ServerResponse) => void;
}

export async function hostileReceiver(): Promise<Hostile> {
  const made = { seen: 0, answer: (response: ServerResponse) => void response.writeHead(202).end() } as Hostile;
  const server = createServer((request, response) => {
    request.resume();
    made.seen += 1;
    made.answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(made, { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

export let world: World;
export let peer: World;
export let bad: Hostile;
export let inside: Hostile;
/** @returns what stops it */
export async function startTransmitter(): Promise<() => Promise<void>> {
  const port = await freePort();
  [bad, inside] = [await hostileReceiver(), await hostileReceiver()];
  // The other gateway trusts this one as a transmitter.
  peer = await startWorld({
    edit: (config) =>
      `${config.replace(`id = "${CAST.gateway}"`, `id = "${PEER}"`)}
[[transmitters]]
issuer = "${CAST.gateway}"
jwks_uri = "http://127.0.0.1:${port}/.well-known/jwks.json"
subjects = ["${CAST.issuer}", "${CAST.gateway}", "spiffe://acme.example"]
`,
  });
  world = await startWorld({
    port,
    secrets: TOKENS,
    edit: (config) => `${config}
[signs]
[[receivers]]
id = "soc"
audience = "https://soc.example"
secret = "SOC_TOKEN"
[[receivers]]
id = "peer"
audience = "${PEER}"
secret = "PEER_TOKEN"
endpoint = "${peer.url}/events"
[[receivers]]
id = "bad"
audience = "https://bad.example"
secret = "BAD_TOKEN"
endpoint = "${bad.url}/events"
events = ["session-revoked"]
`,
  });
  return async () => {
    for (const { server } of [bad, inside]) {
      server.closeAllConnections();
      server.close();
    }
    await world.stop();
    await peer.stop();
  };
}

export const ssf = (path: string, token: string, body?: object, method = "POST"): Promise<Response> =>
  fetch(`${world.url}/ssf/${path}`, {
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body !== undefined && { method, body: JSON.stringify(body) }),
  });
export const pollBy = async (token: string, body: object = {}, id = "soc"): Promise<Response> =>
  ssf(`poll/${id}`, token, { returnImmediately: true, ...body });
export const setsOf = async (body: object = {}): Promise<Record<string, string>> =>
  ((await (await pollBy(TOKENS.SOC_TOKEN, body)).json()) as { sets: Record<string, string> }).sets;
export const revoke = (sub: string): Promise<Response> =>
  admin(world, "revocations", { kind: "subject", issuer: CAST.issuer, sub, reason: "left the company" });

export interface Report {
  readonly id: string;
  readonly waiting: number;
  readonly parked: readonly { why: string }[];
  readonly failing?: string;
}
export const reportOf = async (id: string): Promise<Report> => {
  const { receivers } = (await (await admin(world, "receivers")).json()) as { receivers: Report[] };
  return receivers.find((each) => each.id === id) as Report;
};

export interface Claims {
  readonly sub_id: object;
  readonly events: Record<string, Record<string, unknown>>;
}
/** What waits for the receiver that polls, verified by the published keys. */
export async function claimsOf(sets: Record<string, string>): Promise<Claims[]> {
  const keys = createRemoteJWKSet(new URL(`${world.url}/.well-known/jwks.json`));
  const terms = { issuer: CAST.gateway, audience: "https://soc.example", typ: "secevent+jwt" };
  return Promise.all(
    Object.values(sets).map(async (jws) => (await jwtVerify(jws, keys, terms)).payload as unknown as Claims),
  );
}
/** Takes everything that waits, and waits until there is what the test looks for. */
export async function pollUntil(found: (claims: Claims) => boolean): Promise<Claims> {
  let claims: Claims | undefined;
  await expect
    .poll(async () => {
      claims = (await claimsOf(await setsOf())).find(found);
      return claims !== undefined;
    })
    .toBe(true);
  return claims as Claims;
}
