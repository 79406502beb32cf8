/**
 * `hopgate/client`: for callers. Make keys, delegate a part of your authority, and call through the gateway.
 *
 * @module
 */
export { sendApproved, type Waiting } from "./approved.ts";
export { holderOf, unverifiedClaims } from "./chain.ts";
export { type Delegation, delegate } from "./delegate.ts";
export { dpopProof, type ProofRequest, presentation } from "./dpop.ts";
export { HopgateError, type HopgateErrorCode, type Refusal, refusalOf } from "./errors.ts";
export { type ChainHolder, chainFetch } from "./fetch.ts";
export {
  type HolderKey,
  type HolderPublicKey,
  newKey,
  type P256Key,
  type PrivateKey,
  type PublicKey,
  publicPart,
} from "./keys.ts";
