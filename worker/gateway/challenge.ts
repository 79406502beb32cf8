/** `WWW-Authenticate` challenges (RFC 9110, section 11.6.1): which credentials a route accepts. */
import type { ProofKind, Route } from "../config.ts";
import { PROOF_ALGORITHMS } from "../proof/jws.ts";

type Parameters = Readonly<Record<string, string | undefined>>;

/**
 * The scheme under which a chain with this proof is sent. A chain bound to a certificate is sent as `Bearer` (RFC 8705,
 * section 3). The WIMSE drafts register no scheme, and a 401 needs a challenge, so their errors use RFC 6750's terms
 * too.
 */
const SCHEMES: Readonly<Record<ProofKind, string>> = {
  dpop: "DPoP",
  mtls: "Bearer",
  wimse: "Bearer",
  bearer: "Bearer",
};

/** The scheme of the request, in lower case; a chain in its own header counts as `bearer`, as in SCHEMES. */
export function schemeOf({ headers }: Request): string | undefined {
  const authorization = headers.get("authorization");
  if (authorization !== null) return /^([A-Za-z]+)(?: |$)/.exec(authorization)?.[1]?.toLowerCase();
  return headers.has("txn-token") || headers.has("workload-identity-token") ? "bearer" : undefined;
}

/**
 * A challenge for each scheme that the route accepts. The error is in the challenge of the scheme that the request used
 * (RFC 9449, section 7.1), else in the first; a request without credentials gets no error (RFC 6750, section 3.1).
 */
export function challengesOf(route: Route, request: Request, told: Parameters, metadata: string | undefined): string {
  const schemes = route.envelope ? ["Envelope"] : schemesOf(route);
  const used = schemes.find((scheme) => scheme.toLowerCase() === schemeOf(request)) ?? schemes[0];
  return schemes
    .map((scheme) =>
      serialize(scheme, {
        algs: scheme === "Bearer" ? undefined : PROOF_ALGORITHMS.join(" "),
        ...(scheme === used && told),
        resource_metadata: metadata,
      }),
    )
    .join(", ");
}

/** `Bearer` first: clients that know no other scheme stop reading there (docs/mcp.md). */
function schemesOf({ proof }: Route): string[] {
  const schemes = new Set(proof.map((each) => SCHEMES[each]));
  return ["Bearer", "DPoP"].filter((scheme) => schemes.has(scheme));
}

/** Absent parameters are left out; characters that RFC 6750 forbids in a quoted string become spaces. */
function serialize(scheme: string, parameters: Parameters): string {
  const parts = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}="${value.replace(/[^\x20-\x7e]|["\\]/g, " ")}"`],
  );
  return parts.length === 0 ? scheme : `${scheme} ${parts.join(", ")}`;
}
