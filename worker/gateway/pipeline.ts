/** The pipeline: a request goes through seven stages, in this order, and every one of them may end it. */
import { admit } from "./admit.ts";
import { decide } from "./decide.ts";
import { asHopError, failWith } from "./failure.ts";
import { forward } from "./forward.ts";
import type { Gateway } from "./gateway.ts";
import { mint } from "./mint.ts";
import { parse } from "./parse.ts";
import { settle, settleFailure } from "./settle.ts";
import { verify } from "./verify.ts";

/**
 * Serves one request to a route. Never rejects: a failure becomes the answer that the table of errors in
 * docs/errors.md gives it.
 */
export async function serve(request: Request, gateway: Gateway): Promise<Response> {
  const id = crypto.randomUUID();
  try {
    const presentation = await parse(request, id, gateway);
    const chain = await verify(presentation, gateway);
    const decision = await decide(chain, gateway);
    const admitted = await admit(decision, gateway);
    const minted = await mint(admitted, gateway);
    const forwarded = await forward(minted, gateway);
    settle(forwarded, gateway);
    return forwarded.response;
  } catch (cause) {
    return fail(cause, id, request, gateway);
  }
}

/** What is answered is on record: where the ledger cannot be reached, that is the answer. */
async function fail(cause: unknown, id: string, request: Request, gateway: Gateway): Promise<Response> {
  const { hostname, pathname } = new URL(request.url);
  const target = { route: gateway.matchRoute(hostname, pathname), metadata: gateway.metadataOf(request) };
  const first = asHopError(cause);
  const error = await settleFailure(first, id, gateway);
  return failWith(error, id, request, target).response;
}
