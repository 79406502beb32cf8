/**
 * The members that the core reads, as a table: name, form, where it must stand. wasm/verdict.ts lists the same
 * names in the same order, so that a verdict can say which one it means.
 */
export const NO_NAME: u32 = 0;
export const ISS: u32 = 1;
export const SUB: u32 = 2;
export const AUD: u32 = 3;
export const EXP: u32 = 4;
export const NBF: u32 = 5;
export const IAT: u32 = 6;
export const JTI: u32 = 7;
export const SCOPE: u32 = 8;
export const PTH: u32 = 9;
export const CNF: u32 = 10;
export const TXN: u32 = 11;
export const TCTX: u32 = 12;
export const MAX_HOPS_CLAIM: u32 = 13;
export const AUTHORIZATION_DETAILS: u32 = 14;
export const ACT: u32 = 15;
export const CLIENT_ID: u32 = 16;
export const AZP: u32 = 17;
export const LAST_CLAIM: u32 = 17;

export const ALG: u32 = 18;
export const TYP: u32 = 19;
export const KID: u32 = 20;
export const CRIT: u32 = 21;
export const JWK: u32 = 22;
export const B64: u32 = 23;
export const JKU: u32 = 24;
export const X5U: u32 = 25;
export const X5C: u32 = 26;
export const LAST_NAME: u32 = 26;

export const NAMES: StaticArray<string> = [
  "", "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "pth", "cnf", "txn", "tctx", "max_hops",
  "authorization_details", "act", "client_id", "azp",
  "alg", "typ", "kid", "crit", "jwk", "b64", "jku", "x5u", "x5c",
];

/** Forms of a claim. */
export const ANY: u8 = 0;
/** A string of 1 to 1024 bytes without control characters: it will stand in headers and logs. */
export const TEXT: u8 = 1;
/** A string of text, or a non-empty array of at most 64 of them (RFC 7519, section 4.1.3). */
export const TEXTS: u8 = 2;
/** A whole number of seconds since the epoch, not negative (RFC 7519, section 2, without fractions). */
export const TIME: u8 = 3;
/** A whole number from 0 to 255. */
export const COUNT: u8 = 4;
/** Scope tokens parted by single spaces (RFC 6749, section 3.3), at most 256, or the empty string. */
export const SCOPES: u8 = 5;
export const MAP: u8 = 6;
/** At most 16 objects (RFC 9396, section 2). */
export const DETAILS: u8 = 7;

export const FORMS: StaticArray<u8> = [
  ANY, TEXT, TEXT, TEXTS, TIME, TIME, TIME, TEXT, SCOPES, TEXT, MAP, TEXT, MAP, COUNT, DETAILS, MAP, TEXT, TEXT,
];

/** Must stand in hop 0 (1), in every other hop (2), or in both (3). */
export const REQUIRED: StaticArray<u8> = [0, 3, 3, 3, 3, 0, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0];
