/**
 * What a gateway guarantees, checked over HTTP before it is timed: the same of Hopgate and of what is written by hand, so that
 * neither is quick because it leaves something out.
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeJwt } from "jose";
import { agentChain, type Company, NAMES, serviceChain } from "../demo/company.ts";
import { askAdmin, type Remote, sendAdmin } from "../sdk/admin.ts";
import type { LoadRequest } from "./load.ts";
import { signedRequest } from "./signed.ts";

export interface Recorded {
  /** Identity of the task. */
  readonly task: string;
  readonly record: { readonly outcome: string; readonly upstream?: { readonly status: number } };
}

/** Where the upstream answers with what reached it. */
export const SEEN = "/orders/seen";
const RECORDED_MS = 10_000;

/** @throws AssertionError that names what does not hold */
export async function checkGuarantees(company: Company, remote: Remote): Promise<void> {
  const { gateway: origin } = remote;
  const chain = await serviceChain(company);
  const signed = (of: string, path = SEEN): Promise<LoadRequest> => signedRequest(company, origin, of, path);
  const decision = await checkForwarded(origin, await signed(chain));
  const recorded = await recordOf(remote, decision);
  assert.equal(recorded.record.outcome, "allowed", "the decision is on record");

  const once = await signed(chain);
  assert.equal((await ask(origin, once)).status, 200, "another request of the task passes");
  const path = (await signed(chain, "/orders/18")).headers;
  const other = await serviceChain(company);
  const refused: [string, number, LoadRequest][] = [
    ["a proof is taken once", 401, once],
    ["a proof is for its path", 401, { ...once, headers: path }],
    ["a chain needs a proof", 401, { ...once, headers: { authorization: `DPoP ${chain}` } }],
    ["a signature that was changed is refused", 401, await signed(changed(chain))],
    ["a hop belongs to its parent", 401, await signed(spliced(chain, other))],
    ["a delegate cannot be named by others", 401, await signed(await agentChain(company))],
    ["policy decides", 403, await signed(await serviceChain(company, { purpose: "curiosity" }))],
  ];
  for (const [what, status, request] of refused) assert.equal((await ask(origin, request)).status, status, what);

  await sendAdmin(remote, "POST", "revocations", { kind: "task", task: recorded.task, reason: "bench" });
  assert.notEqual((await ask(origin, await signed(chain))).status, 200, "a revoked task is over");
  assert.equal((await ask(origin, await signed(other))).status, 200, "another task goes on");
}

/** @returns the decision's id, which the narrowed token names */
export async function checkForwarded(origin: string, request: LoadRequest): Promise<string> {
  const answer = await ask(origin, request);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  const headers = JSON.parse(text) as Record<string, string>;
  assert.equal(headers["dpop"], undefined, "the proof ends at the gateway");
  const claims = decodeJwt((headers["authorization"] as string).replace("Bearer ", ""));
  assert.equal(claims.sub, NAMES.person);
  assert.equal(claims.aud, NAMES.orders);
  assert.equal(claims["scope"], "orders:read", "the token is narrower than the chain");
  const { act } = claims as { act: { sub: string; act: { sub: string; act: { sub: string } } } };
  assert.deepEqual([act.sub, act.act.sub, act.act.act.sub], [NAMES.service, NAMES.agent, NAMES.app]);
  return claims["decision"] as string;
}

function ask(origin: string, { path, headers }: LoadRequest): Promise<Response> {
  return fetch(origin + path, { headers });
}

/** An index may be a second behind. */
export async function recordOf(remote: Remote, decision: string): Promise<Recorded> {
  const before = performance.now() + RECORDED_MS;
  for (;;) {
    try {
      return (await (await askAdmin(remote, `decisions/${decision}`)).json()) as Recorded;
    } catch (error) {
      if (performance.now() > before) throw error;
      await sleep(200);
    }
  }
}

/** A character in the middle of the signature of hop 1. */
function changed(chain: string): string {
  const hops = chain.split("~");
  const hop = hops[1] as string;
  const at = hop.length - 20;
  hops[1] = hop.slice(0, at) + (hop[at] === "A" ? "B" : "A") + hop.slice(at + 1);
  return hops.join("~");
}

/** The root and first hop of one chain under the last hop of another, whose keys are the same. */
function spliced(one: string, other: string): string {
  return [...one.split("~").slice(0, 2), other.split("~")[2]].join("~");
}
