/**
 * The result of `verifyChain`: 0, or the rule that failed. The codes are in the order of the checks; wasm/verdict.ts
 * gives each its public name, and test/repo/repo.test.ts keeps the two lists the same.
 */
export const OK: u32 = 0;

// Size.
export const CHAIN_EMPTY: u32 = 1;
export const CHAIN_TOO_LONG: u32 = 2;
export const CHAIN_TOO_MANY_HOPS: u32 = 3;

// Structure: every hop a compact JWS of two JSON objects.
export const JWS_MALFORMED: u32 = 4;
export const BASE64URL_INVALID: u32 = 5;
export const JSON_UTF8: u32 = 6;
export const JSON_SYNTAX: u32 = 7;
export const JSON_DEPTH: u32 = 8;
export const JSON_SIZE: u32 = 9;
export const JSON_DUPLICATE_NAME: u32 = 10;
export const JSON_NOT_OBJECT: u32 = 11;

// Allow-lists: what a header may say, what type every claim has, and the form of the delegate's own token.
export const HEADER_TYPE: u32 = 12;
export const ALG_FORBIDDEN: u32 = 13;
export const TYP_FORBIDDEN: u32 = 14;
export const CRIT_FORBIDDEN: u32 = 15;
export const PARAMETER_FORBIDDEN: u32 = 16;
export const CLAIM_MISSING: u32 = 17;
export const CLAIM_TYPE: u32 = 18;
export const CLAIM_SIZE: u32 = 19;
export const CONFIRMATION_INVALID: u32 = 20;
export const WIT_MALFORMED: u32 = 21;

// Signatures: the key that may speak for this hop, then what it signed.
export const ISSUER_UNKNOWN: u32 = 22;
export const TYP_NOT_ACCEPTED: u32 = 23;
export const KEY_UNKNOWN: u32 = 24;
export const PARENT_KEY_MISSING: u32 = 25;
export const THUMBPRINT_MISMATCH: u32 = 26;
export const ALG_MISMATCH: u32 = 27;
export const SIGNATURE_MALFORMED: u32 = 28;
export const SIGNATURE_INVALID: u32 = 29;

// Meaning: time, ties, narrowing.
export const EXPIRED: u32 = 30;
export const NOT_YET_VALID: u32 = 31;
export const ISSUED_IN_FUTURE: u32 = 32;
export const LIFETIME_EMPTY: u32 = 33;
export const PARENT_HASH_MISMATCH: u32 = 34;
export const DELEGATOR_MISMATCH: u32 = 35;
export const DELEGATE_NOT_URI: u32 = 36;
export const WIT_MISMATCH: u32 = 37;
export const EXPIRY_WIDENED: u32 = 38;
export const NOT_BEFORE_WIDENED: u32 = 39;
export const AUDIENCE_WIDENED: u32 = 40;
export const SCOPE_WIDENED: u32 = 41;
export const DETAILS_WIDENED: u32 = 42;
export const TASK_CHANGED: u32 = 43;
export const TASK_CONTEXT_CHANGED: u32 = 44;
export const DEPTH_EXCEEDED: u32 = 45;
export const AUDIENCE_MISMATCH: u32 = 46;
