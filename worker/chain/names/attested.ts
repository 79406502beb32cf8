/**
 * Attested: a Workload Identity Token (draft-ietf-wimse-workload-creds) says that the key belongs to the name. The
 * name's trust domain has signed it, with a key from the configuration.
 */
import { calculateJwkThumbprint, decodeProtectedHeader, type JWK, type JWTPayload, jwtVerify } from "jose";
import { ALGORITHMS } from "../../../wasm/trust.ts";
import type { Issuer } from "../../config.ts";
import { findKey, type KeyChoice } from "../../trust/find-key.ts";
import type { Trust } from "../../trust/issuers.ts";
import { brokenRequirement, isSpiffeId } from "../../trust/root.ts";

const TYPE = "wit+jwt";
/** The core verifies Workload Identity Tokens by the algorithms up to this one (`readHeader` of wasm/assembly/claims.ts). */
const LAST_ALGORITHM = ALGORITHMS.ES384;

export interface AttestedEdges {
  readonly trust: Trust;
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface Attested {
  readonly name: string;
  readonly thumbprint: string;
  readonly wit: string;
}

/**
 * When the attestation ends, in milliseconds since the epoch; undefined if the token is for another name or key, has
 * expired, or is not signed by the name's trust domain.
 *
 * @param issuers of the configuration, numbered as in the anchors
 * @param skew seconds that `nbf` and `iat` may be in the future
 * @throws Error if the keys of the trust domain cannot be fetched
 */
export async function attestedUntil(
  { name, thumbprint, wit }: Attested,
  { issuers, skew }: { readonly issuers: readonly Issuer[]; readonly skew: number },
  edges: AttestedEdges,
): Promise<number | undefined> {
  for (const [index, issuer] of issuers.entries()) {
    if (!attestsFor(issuer, name)) continue;
    const payload = await verifiedBy(index, wit, skew, edges);
    const ends = payload && (await endOf(payload, issuer, name, thumbprint, edges.now()));
    if (ends !== undefined) return ends;
  }
  return undefined;
}

function attestsFor({ trust_domain: domain, types }: Issuer, name: string): boolean {
  return domain !== undefined && types.includes(TYPE) && isSpiffeId(name, domain);
}

/** The claims, if a key of this issuer signed them; for an unknown key its key set is fetched again. */
async function verifiedBy(index: number, wit: string, skew: number, edges: AttestedEdges) {
  const { trust, now } = edges;
  const keys = () => trust.anchors().keys[index] ?? [];
  const key = await findKey(headerOf(wit), keys, () => trust.lookFor(index));
  if (key === "unavailable") throw new Error("the keys of the trust domain cannot be fetched now");
  if (key === "unchanged" || ALGORITHMS[key.alg] > LAST_ALGORITHM) return undefined;
  const algorithms = key.alg === "EdDSA" ? ["EdDSA", "Ed25519"] : [key.alg];
  const currentDate = new Date(now());
  return jwtVerify(wit, key.jwk, { typ: TYPE, algorithms, currentDate, clockTolerance: skew }).then(
    ({ payload }) => payload,
    () => undefined,
  );
}

function headerOf(wit: string): KeyChoice {
  try {
    return decodeProtectedHeader(wit);
  } catch {
    return {};
  }
}

async function endOf(
  payload: JWTPayload,
  issuer: Issuer,
  name: string,
  thumbprint: string,
  now: number,
): Promise<number | undefined> {
  const { iss, sub, exp, cnf } = payload as JWTPayload & { cnf?: { jwk?: JWK } };
  const domain = `spiffe://${issuer.trust_domain}`;
  const isFrom = iss === undefined || [issuer.issuer, issuer.trust_domain, domain].includes(iss);
  if (!isFrom || sub !== name || brokenRequirement(issuer, payload) !== undefined) return undefined;
  if (exp === undefined || exp * 1000 <= now || cnf?.jwk === undefined) return undefined;
  const key = await calculateJwkThumbprint(cnf.jwk).catch(() => undefined);
  return key === thumbprint ? exp * 1000 : undefined;
}
