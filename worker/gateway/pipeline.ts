/** The pipeline: a request goes through six stages, in this order, and every one of them may end it. */
import { decide } from "./decide.ts";
import { failWith } from "./failure.ts";
import { forward } from "./forward.ts";
import type { Gateway } from "./gateway.ts";
import { mint } from "./mint.ts";
import { parse } from "./parse.ts";
import { record, recordFailure } from "./record.ts";
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
    const minted = await mint(decision, gateway);
    const forwarded = await forward(minted, gateway);
    record(forwarded, gateway);
    return forwarded.response;
  } catch (cause) {
    const { hostname, pathname } = new URL(request.url);
    const target = { route: gateway.matchRoute(hostname, pathname), metadata: gateway.metadataOf(request) };
    const { error, response } = failWith(cause, id, request, target);
    recordFailure(error, id, response.status, gateway);
    return response;
  }
}
