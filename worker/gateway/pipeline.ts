/** The pipeline: a request goes through seven stages, in this order, and every one of them may end it. */

import type { Presentation, Spoken } from "../presentation.ts";
import { continueTrace } from "../trace.ts";
import type { AdmittedRequest, Minted, VerifiedChain } from "../types.ts";
import { admit } from "./admit.ts";
import { byCurrentMemory } from "./attempt.ts";
import { decide } from "./decide.ts";
import { asHopError, type Failed, failWith } from "./failure.ts";
import { forward } from "./forward.ts";
import type { Gateway } from "./gateway.ts";
import { inMessages } from "./in-messages.ts";
import { mint } from "./mint.ts";
import { parse } from "./parse.ts";
import { type Arrival, settle, settleFailure } from "./settle.ts";
import { verify } from "./verify.ts";

/**
 * Serves one request to a route. Never rejects: a failure becomes the answer that the table of errors in
 * docs/errors.md gives it.
 */
export async function serve(request: Request, gateway: Gateway): Promise<Response> {
  const arrival = arrive(gateway);
  let presentation: Presentation | undefined;
  try {
    presentation = await parse(request, arrival.id, gateway);
    const chain = await verify(presentation, gateway);
    const admitted = await decideAndAdmit(chain, gateway);
    const minted = await mint(admitted, gateway);
    const forwarded = await forward(minted, gateway);
    settle(forwarded, gateway);
    return forwarded.response;
  } catch (cause) {
    const failed = await fail(cause, arrival, request, gateway);
    return inProtocol(failed, request, presentation?.rpc, gateway);
  }
}

/** Clients of MCP servers are told in messages of their protocol. @param said what the request says, where it could be read */
async function inProtocol(
  { error, response }: Failed,
  request: Request,
  said: Spoken | undefined,
  gateway: Gateway,
): Promise<Response> {
  const { hostname, pathname } = new URL(request.url);
  if (gateway.matchRoute(hostname, pathname)?.tools === undefined || request.method !== "POST") return response;
  const { chain, spoken } = error.evidence;
  return inMessages(response, error, chain?.presentation.rpc ?? said ?? spoken, gateway);
}

/**
 * A request that another proxy forwards goes through all stages but that one. Rejects with what ended it.
 *
 * @param proxy the name of the proxy
 * @param check what must hold of the verified chain beside; throws HopError
 */
export async function clear(
  request: Request,
  id: string,
  proxy: string,
  gateway: Gateway,
  check: (chain: VerifiedChain) => void = () => undefined,
): Promise<Minted> {
  const presentation = await parse(request, id, gateway, proxy);
  const chain = await verify(presentation, gateway);
  check(chain);
  return mint(await decideAndAdmit(chain, gateway), gateway);
}

/** Both again where the memory that the policies have judged by has moved meanwhile. */
function decideAndAdmit(chain: VerifiedChain, gateway: Gateway): Promise<AdmittedRequest> {
  return byCurrentMemory(chain, gateway, async (memory) =>
    admit(await decide(chain, memory, gateway), memory, gateway),
  );
}

/** What is known of a request before anything of it is read. */
export function arrive({ now }: Pick<Gateway, "now">): Arrival {
  return { id: crypto.randomUUID(), received: now() };
}

/**
 * What is answered is on record: where the ledger cannot be reached, that is the answer.
 *
 * @param proxied whether the answer goes to a proxy that has asked
 */
export async function fail(
  cause: unknown,
  arrival: Arrival,
  request: Request,
  gateway: Gateway,
  proxied = false,
): Promise<Failed> {
  const { hostname, pathname } = new URL(request.url);
  const target = { route: gateway.matchRoute(hostname, pathname), metadata: gateway.metadataOf(request), proxied };
  const first = asHopError(cause);
  const trace = first.evidence.chain?.presentation.trace ?? continueTrace(request.headers);
  const told = { ...arrival, method: request.method, route: target.route?.path, trace };
  const error = await settleFailure(first, told, gateway);
  return failWith(error, { ...arrival, trace_id: trace.traceId }, request, target);
}
