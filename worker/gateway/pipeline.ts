/** The pipeline: a request passes seven stages, in this order, and each of them may end it. */

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

/** Serves one request to a route. Never rejects: a failure becomes its answer (docs/errors.md). */
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

/**
 * Clients of MCP servers get errors as messages of the protocol. @param said the message of the request, if it could be
 * read
 */
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
 * A request that another proxy forwards passes every stage but `forward`. Rejects with the error that ended it.
 *
 * @param proxy the name of the proxy
 * @param check an additional check of the verified chain; throws HopError
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

/** Both run again if the memory that the policies have read has changed since. */
function decideAndAdmit(chain: VerifiedChain, gateway: Gateway): Promise<AdmittedRequest> {
  return byCurrentMemory(chain, gateway, async (memory) =>
    admit(await decide(chain, memory, gateway), memory, gateway),
  );
}

/** What is known about a request before it is read. */
export function arrive({ now }: Pick<Gateway, "now">): Arrival {
  return { id: crypto.randomUUID(), received: now() };
}

/**
 * Every answer is on record first; if the ledger cannot be reached, that becomes the answer.
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
