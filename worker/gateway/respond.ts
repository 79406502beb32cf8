/** The answer to a failed request. Statuses and codes are in rules.ts, challenges in challenge.ts. */
import type { Route } from "../config.ts";
import type { HopError } from "../errors.ts";
import { type ErrorCode, failureOf } from "../rules.ts";
import { challengesOf, schemeOf } from "./challenge.ts";

/** What is known about the request's route; nothing if no route matches. */
export interface Target {
  readonly route?: Route | undefined;
  /** Address of the route's metadata (RFC 9728). */
  readonly metadata?: string | undefined;
  /** Whether a proxy has asked: it gets 401 or 403 for every refusal, because nginx accepts no other. */
  readonly proxied?: boolean;
}

/** JSON, or `application/problem+json` (RFC 9457) if the client asks for it; both have the same members. */
export function respond(error: HopError, decision: string, request: Request, target: Target): Response {
  const { rule, hop, member, sent, description, challenge } = error;
  const failure = failureOf(rule);
  const status = target.proxied ? statusForProxy(failure.status) : failure.status;
  const code = codeOf(failure.error, request);
  const members = {
    error: code,
    error_description: description,
    rule,
    ...(hop !== undefined && { hop }),
    ...(member !== undefined && { claim: member }),
    ...sent,
    decision,
    ...(challenge.approval && { approval: challenge.approval }),
    ...(challenge.connect && { vendor: challenge.connect.vendor, connect_uri: challenge.connect.uri }),
  };
  const problem = request.headers.get("accept")?.includes("application/problem+json") ?? false;
  const body = problem
    ? { type: "about:blank", title: code, status, detail: description, instance: `urn:uuid:${decision}`, ...members }
    : members;
  const headers = new Headers({
    "content-type": problem ? "application/problem+json" : "application/json",
    "cache-control": "no-store",
  });
  if (failure.challenge !== "none" && target.route !== undefined) {
    const scope = status === 401 ? scopeOf(target.route, request) : undefined;
    const details = { error: code, error_description: description, ...detailsOf(error, scope) };
    const told = failure.challenge === "error" ? details : { scope };
    headers.set("www-authenticate", challengesOf(target.route, request, told, target.metadata));
  }
  const retryAfter = challenge.retryAfter ?? failure.retryAfter;
  if (retryAfter !== undefined) headers.set("retry-after", String(retryAfter));
  if (challenge.allow) headers.set("allow", challenge.allow.join(", "));
  return new Response(JSON.stringify(body), { status, headers });
}

/** The caller's own fault is a refusal; anything else is a failure, after which a proxy forwards nothing. */
function statusForProxy(status: number): number {
  return status === 401 || status >= 500 ? status : 403;
}

/** `invalid_dpop_proof` is only for callers that have sent a DPoP proof (RFC 9449, section 7.1). */
function codeOf(error: ErrorCode, request: Request): ErrorCode {
  if (error !== "invalid_dpop_proof") return error;
  return ["dpop", "envelope"].includes(schemeOf(request) ?? "") ? error : "invalid_token";
}

/** The scopes that such a request needs, and no others (RFC 6750, section 3). */
function scopeOf({ methods }: Route, { method }: Request): string | undefined {
  const { scopes = [] } = methods[method as keyof Route["methods"]] ?? {};
  return scopes.length === 0 ? undefined : scopes.join(" ");
}

/** What the caller lacks: scopes (RFC 6750), stronger or fresher authentication (RFC 9470), an approval, an account. */
function detailsOf({ challenge }: HopError, scope: string | undefined): Record<string, string | undefined> {
  return {
    scope: challenge.scopes?.join(" ") ?? scope,
    acr_values: challenge.acr,
    max_age: challenge.maxAge === undefined ? undefined : String(challenge.maxAge),
    approval: challenge.approval?.id,
    approval_uri: challenge.approval?.uri,
    connect_uri: challenge.connect?.uri,
  };
}
