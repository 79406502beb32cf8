/** What hop 0 says, read as its issuer's entry in the configuration says. Pure. */
import type { Issuer } from "../config.ts";
import { HopError } from "../errors.ts";
import { mappedClaim } from "../trust/root.ts";
import { NAME_PROOFS, type NameProof } from "./names/proof.ts";
import { issuerParty, type Party, partyId, workloadParty } from "./party.ts";
import { mistypedClaim, ownPolicyClaims, policyClaims } from "./root-claims.ts";
import type { OwnClaims, Root } from "./types.ts";

type Claims = Readonly<Record<string, unknown>>;

/**
 * @param issuer the entry of hop 0's issuer; undefined for the gateway's own tokens
 * @throws HopError `root_refused` if a claim that the entry maps is missing, is not a name, or is an address that the
 * issuer has not verified, or if a claim that policies see has another type
 */
export function readRoot(claims: Claims, issuer: Issuer | undefined, gateway: string): Root {
  if (issuer === undefined) {
    const partyOf = (sub: string): Party => ({ iss: gateway, sub });
    const own = readOwn(claims);
    return { claims, issuer: gateway, authority: gateway, mapped: {}, own, policyClaims: own.policyClaims, partyOf };
  }
  const mistyped = mistypedClaim(issuer, claims);
  if (mistyped !== undefined) throw new HopError("root_refused", { hop: 0, member: mistyped });
  const { trust_domain: domain, speaks_for: patterns } = issuer;
  const authority = domain === undefined ? issuer.issuer : `spiffe://${domain}`;
  const own = domain === undefined ? patterns : [`spiffe://${domain}/*`, ...patterns];
  return {
    claims,
    issuer: issuer.issuer,
    authority,
    mapped: {
      subject: verifiedSubject(issuer, claims),
      actor: claims["act"] === undefined ? required(issuer, "actor", claims) : undefined,
      purpose: mappedClaim(issuer, "purpose", claims),
    },
    own: undefined,
    policyClaims: policyClaims(issuer, claims),
    partyOf: (sub, whose = issuer.issuer) => {
      const isOwn = whose === issuer.issuer || whose === authority;
      const workload = workloadParty(sub, gateway);
      // The issuer names its own party, not another authority's party of the same name.
      const speaks = (isOwn || whose === workload.iss) && own.some((pattern) => isLike(sub, pattern));
      if (speaks) return workload;
      // Another authority's name, as this issuer uses it, becomes a name of this issuer: it never equals the original,
      // and two such names stay distinct.
      return { iss: authority, sub: isOwn ? sub : partyId({ iss: whose, sub }) };
    },
  };
}

/** If the issuer says that it has not verified an address, the user may have written anyone's address (OpenID Connect Core, section 5.1). */
function verifiedSubject(issuer: Issuer, claims: Claims): string | undefined {
  const subject = required(issuer, "subject", claims);
  // Some providers write booleans as strings.
  const unverified = String(claims["email_verified"]) === "false";
  if (issuer.claims.subject === "email" && unverified)
    throw new HopError("root_refused", { hop: 0, member: "email_verified" });
  return subject;
}

/** A claim that the entry names is required: falling back to another name would mean another party. */
function required(issuer: Issuer, role: "subject" | "actor", claims: Claims): string | undefined {
  const name = issuer.claims[role];
  if (name === undefined) return undefined;
  const value = mappedClaim(issuer, role, claims);
  if (value === undefined) throw new HopError("root_refused", { hop: 0, member: name });
  return value;
}

/** Whether a name matches a pattern of `speaks_for`. */
export function isLike(name: string, pattern: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** The gateway never issues a token without it. @throws HopError `root_refused` */
function readOwn(claims: Claims): OwnClaims {
  const { sub_id: subject, act_proof: proofs, txn_by: introducer, txn_began: began } = claims;
  const { purpose_by: purposeBy, plan_by: planBy } = claims;
  const refuse = (member: string): never => {
    throw new HopError("root_refused", { hop: 0, member });
  };
  if (!Array.isArray(proofs) || !proofs.every(isNameProof)) return refuse("act_proof");
  return {
    subject: readParty(subject) ?? refuse("sub_id"),
    proofs,
    introducer: readParty(introducer) ?? refuse("txn_by"),
    began: typeof began === "number" ? began : refuse("txn_began"),
    purposeBy: purposeBy === undefined ? undefined : (readParty(purposeBy) ?? refuse("purpose_by")),
    planBy: planBy === undefined ? undefined : (readParty(planBy) ?? refuse("plan_by")),
    policyClaims: ownPolicyClaims(claims["root_claims"]) ?? refuse("root_claims"),
  };
}

function isNameProof(value: unknown): value is NameProof {
  return NAME_PROOFS.some((proof) => proof === value);
}

function readParty(value: unknown): Party | undefined {
  const { iss, sub } = (value ?? {}) as { iss?: unknown; sub?: unknown };
  return typeof iss === "string" && typeof sub === "string" ? { iss, sub } : undefined;
}

/**
 * A token of a trust domain that names no key, and only the gateway as audience, authenticates a client
 * (docs/oauth.md). It is refused as a root: whoever has seen it could begin a chain with it and act as that client.
 *
 * @throws HopError `root_refused`
 */
export function requireChainRoot({ claims, authority, own }: Root, gateway: string): void {
  const isSvid = own === undefined && authority.startsWith("spiffe://") && claims["cnf"] === undefined;
  if (isSvid && [claims["aud"]].flat().every((audience) => audience === gateway)) {
    throw new HopError("root_refused", { hop: 0, member: "aud" });
  }
}

/** The issuer as a party, if it introduces or states something itself. */
export function rootParty({ authority }: Root): Party {
  return issuerParty(authority);
}
