/** Middleware that accepts only requests from the gateway. The types are structural, so no framework is imported. */
import { HopgateError } from "./errors.ts";
import { type Provenance, type VerifierOptions, verifier } from "./verify.ts";

export interface GuardOptions extends VerifierOptions {
  /** Scopes that every request must have. */
  readonly scopes?: readonly string[] | undefined;
}

interface Answer {
  readonly status: 401 | 403 | 503;
  readonly body: { readonly error: string; readonly error_description: string };
  readonly headers: Readonly<Record<string, string>>;
}

type Checked = { readonly provenance: Provenance } | { readonly refused: Answer };

function guard({ scopes = [], ...options }: GuardOptions): (authorization: string | undefined) => Promise<Checked> {
  const verify = verifier(options);
  return async (authorization) => {
    const token = /^Bearer +([A-Za-z0-9._-]+)$/i.exec(authorization ?? "")?.[1];
    // A request without a credential gets no error code (RFC 6750, section 3.1).
    if (token === undefined) return { refused: refuse(401, "invalid_token", "no token of the gateway", "Bearer") };
    try {
      const provenance = await verify(token);
      const missing = scopes.filter((scope) => !provenance.scopes.includes(scope));
      if (missing.length === 0) return { provenance };
      return { refused: refuse(403, "insufficient_scope", `the token lacks the scope ${missing.join(" ")}`) };
    } catch (error) {
      if (!(error instanceof HopgateError)) throw error;
      if (error.code === "unavailable") return { refused: refuse(503, "temporarily_unavailable", error.message) };
      return { refused: refuse(401, "invalid_token", error.message) };
    }
  };
}

function refuse(status: Answer["status"], error: string, description: string, challenge?: string): Answer {
  const told = challenge ?? `Bearer error="${error}", error_description="${description}"`;
  return {
    status,
    body: { error, error_description: description },
    headers: status === 503 ? { "retry-after": "5" } : { "www-authenticate": told },
  };
}

/** The part of hono's context that is used. */
interface HonoContext {
  readonly req: { header(name: string): string | undefined };
  set(name: "provenance", value: Provenance): void;
}

/**
 * For hono: sets `c.get("provenance")` for later handlers.
 *
 * @example
 * ```ts
 * const app = new Hono<{ Variables: { provenance: Provenance } }>();
 * app.use(honoProvenance({ issuer, audience }));
 * ```
 */
export function honoProvenance(
  options: GuardOptions,
  // biome-ignore lint/suspicious/noConfusingVoidType: hono's own type of middleware
): (c: HonoContext, next: () => Promise<void>) => Promise<Response | void> {
  const check = guard(options);
  return async (c, next) => {
    const checked = await check(c.req.header("authorization"));
    if ("refused" in checked) return responseOf(checked.refused);
    c.set("provenance", checked.provenance);
    await next();
  };
}

interface ExpressRequest {
  readonly headers: { readonly authorization?: string | undefined };
  provenance?: Provenance;
}
interface ExpressResponse {
  status(code: number): ExpressResponse;
  set(fields: Readonly<Record<string, string>>): ExpressResponse;
  json(body: unknown): unknown;
}

/** For Express (4 and 5): sets `request.provenance` for later handlers. */
export function expressProvenance(
  options: GuardOptions,
): (request: ExpressRequest, response: ExpressResponse, next: (error?: unknown) => void) => void {
  const check = guard(options);
  return (request, response, next) => {
    check(request.headers.authorization).then((checked) => {
      if ("refused" in checked) {
        const { status, headers, body } = checked.refused;
        response.status(status).set(headers).json(body);
        return;
      }
      request.provenance = checked.provenance;
      next();
    }, next);
  };
}

/**
 * For plain Workers, and anything else that answers a `Request` with a `Response`: the handler gets the provenance as
 * its second argument.
 *
 * @example
 * ```ts
 * export default { fetch: withProvenance({ issuer, audience }, (request, { subject }, env) => new Response(subject.sub)) };
 * ```
 */
export function withProvenance<Rest extends readonly unknown[]>(
  options: GuardOptions,
  handler: (request: Request, provenance: Provenance, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  const check = guard(options);
  return async (request, ...rest) => {
    const checked = await check(request.headers.get("authorization") ?? undefined);
    if ("refused" in checked) return responseOf(checked.refused);
    return handler(request, checked.provenance, ...rest);
  };
}

function responseOf({ status, body, headers }: Answer): Response {
  return Response.json(body, { status, headers });
}
