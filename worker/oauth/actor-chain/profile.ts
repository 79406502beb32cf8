/**
 * Profiles of draft-mw-oauth-actor-chain: a token request names one by `actor_chain_profile`, and the token says the same by
 * `actp` for as long as the workflow lasts (section "Profile Selection and Workflow Immutability").
 */
import type { ChainFacts } from "../../chain/types.ts";
import { OauthError } from "../errors.ts";
import type { Parameters } from "../parameters.ts";

export const PROFILES = ["declared-full", "verified-full"] as const;
export type Profile = (typeof PROFILES)[number];

/** The requested profile, or undefined for plain RFC 8693. @throws OauthError `invalid_request` */
export function requestedProfile(parameters: Parameters): Profile | undefined {
  const name = parameters.get("actor_chain_profile");
  if (name === undefined) return undefined;
  const profile = PROFILES.find((known) => known === name);
  if (profile === undefined) throw new OauthError("invalid_request", "`actor_chain_profile` is not supported");
  for (const mode of ["actor_chain_refresh", "actor_chain_cross_domain"]) {
    if (parameters.get(mode) !== undefined)
      throw new OauthError("invalid_request", `\`${mode}\` is not supported here`);
  }
  return profile;
}

/** Additional claims of a token with a profile. */
export interface ProfileClaims {
  readonly actp: Profile;
  /** The workflow, from its first token to its last. */
  readonly acti: string;
  /** For verified profiles: the commitment to everything before. */
  readonly actc?: string;
}

/** Claims of an inbound token with a profile. */
export interface InboundState {
  readonly actp: Profile;
  readonly acti: string;
  readonly actc: string | undefined;
  readonly sub: string;
}

/**
 * The workflow of an inbound token; undefined if it belongs to none. Only tokens of this server count: others could
 * copy the claims into another token or hop, and take the workflow's next step.
 *
 * @throws OauthError `invalid_request`
 */
export function inboundState({ root, hops }: Pick<ChainFacts, "root" | "hops">): InboundState | undefined {
  if (root.own === undefined || hops.length > 1) return undefined;
  const { actp, acti, actc, sub } = root.claims;
  if (actp === undefined) return undefined;
  const profile = PROFILES.find((known) => known === actp);
  if (profile === undefined) throw new OauthError("invalid_request", "`actp` of `subject_token` is not supported");
  if (typeof acti !== "string" || (actc !== undefined && typeof actc !== "string")) {
    throw new OauthError("invalid_request", "`subject_token` has a malformed `acti` or `actc`");
  }
  return { actp: profile, acti, actc, sub: sub as string };
}
