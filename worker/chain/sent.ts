/** What an unverified hop has where a rule refuses it, for the answer to its sender. Pure. */
import { base64url } from "jose";
import { ALGORITHMS, ROOT_TYPES } from "../../wasm/trust.ts";
import type { ChainRule } from "../../wasm/verdict.ts";
import type { Config } from "../config.ts";
import { type Sent, sentInstead } from "../sent.ts";
import { ACCESS_TOKEN_TYPE, TXN_TOKEN_TYPE } from "../trust/own.ts";

/** A chain that the core has refused. */
export interface Refused {
  readonly rule: ChainRule;
  readonly hop: number;
  /** Number of hop 0's issuer in the anchors, if the core has found it. */
  readonly issuer: number | undefined;
}

const HOP_ALGORITHMS = ["EdDSA", "Ed25519", "ES256"];

/**
 * The value that the rule is about; undefined for rules that are not about a value which may be shown.
 *
 * @param audiences those that the core was asked to accept
 */
export function sentIn(
  unverifiedChain: string,
  { rule, hop, issuer }: Refused,
  { issuers, audiences }: Pick<Config, "issuers"> & { readonly audiences: readonly string[] },
): Sent | undefined {
  const part = (index: 0 | 1) => unverifiedPart(unverifiedChain.split("~")[hop], index);
  switch (rule) {
    case "typ_forbidden":
      return sentInstead(part(0)["typ"], hop === 0 ? ROOT_TYPES : ["hop+jwt"]);
    case "typ_not_accepted":
      return sentInstead(part(0)["typ"], issuers[issuer ?? -1]?.types ?? [ACCESS_TOKEN_TYPE, TXN_TOKEN_TYPE]);
    case "alg_forbidden":
      return sentInstead(part(0)["alg"], hop === 0 ? Object.keys(ALGORITHMS) : HOP_ALGORITHMS);
    case "alg_mismatch":
      return sentInstead(part(0)["alg"]);
    case "key_unknown":
      return sentInstead(part(0)["kid"]);
    case "issuer_unknown":
      // Which issuers are trusted is not for strangers.
      return sentInstead(part(1)["iss"]);
    case "audience_mismatch":
      return sentInstead(part(1)["aud"], [...new Set(audiences)]);
    default:
      return undefined;
  }
}

/** Header (0) or claims (1) of a compact JWS; empty if they cannot be read. */
function unverifiedPart(jws: string | undefined, index: 0 | 1): Readonly<Record<string, unknown>> {
  try {
    const part = jws?.split(".", 2)[index] ?? "";
    return Object(JSON.parse(new TextDecoder().decode(base64url.decode(part))));
  } catch {
    return {};
  }
}
