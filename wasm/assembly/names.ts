/**
 * The table of members that the core reads: name, form, where it is required. wasm/verdict.ts lists the same names in
 * the same order, so that a verdict can name one.
 */
import { length, textIs, wordOf } from "./json";

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
export const SUB_ID: u32 = 18;
export const LAST_CLAIM: u32 = 18;

export const ALG: u32 = 19;
export const TYP: u32 = 20;
export const KID: u32 = 21;
export const CRIT: u32 = 22;
export const JWK: u32 = 23;
export const B64: u32 = 24;
export const JKU: u32 = 25;
export const X5U: u32 = 26;
export const X5C: u32 = 27;
export const WIT: u32 = 28;
export const LAST_NAME: u32 = 28;

/** Their first eight bytes as little-endian words (json.ts, `wordOf`), and their length in bytes. */
const WORDS = memory.data<u64>([
  0x0, 0x737369, 0x627573, 0x647561,
  0x707865, 0x66626e, 0x746169, 0x69746a,
  0x65706f6373, 0x687470, 0x666e63, 0x6e7874,
  0x78746374, 0x73706f685f78616d, 0x7a69726f68747561, 0x746361,
  0x695f746e65696c63, 0x707a61, 0x64695f627573, 0x676c61,
  0x707974, 0x64696b, 0x74697263, 0x6b776a,
  0x343662, 0x756b6a, 0x753578, 0x633578,
  0x746977,
]);
const LENGTHS = memory.data<u8>([
  0, 3, 3, 3, 3, 3, 3, 3, 5, 3, 3, 3, 4, 8, 21, 3,
  9, 3, 6, 3, 3, 3, 4, 3, 3, 3, 3, 3, 3,
]);

/** The code between `first` and `last` of the name that these bytes spell, or NO_NAME. */
export function nameOf(node: u32, first: u32, last: u32): u32 {
  const word = wordOf(node), size = length(node);
  for (let name = first; name <= last; name++) {
    if (load<u64>(WORDS + (<usize>name << 3)) != word || <u32>load<u8>(LENGTHS + name) != size) continue;
    const isWhole = size <= 8 || textIs(node, name == CLIENT_ID ? "client_id" : "authorization_details");
    return isWhole ? name : NO_NAME;
  }
  return NO_NAME;
}

/** Forms of a claim. */
export const ANY: u8 = 0;
/** A string of 1 to 1024 bytes without control characters, because headers and logs will contain it. */
export const TEXT: u8 = 1;
/** A string of text, or a non-empty array of at most 64 of them (RFC 7519, section 4.1.3). */
export const TEXTS: u8 = 2;
/** A whole number of seconds since the epoch, not negative (RFC 7519, section 2, without fractions). */
export const TIME: u8 = 3;
/** A whole number from 0 to 255. */
export const COUNT: u8 = 4;
/** Scope tokens separated by single spaces (RFC 6749, section 3.3), at most 256, or the empty string. */
export const SCOPES: u8 = 5;
export const MAP: u8 = 6;
/** At most 16 objects (RFC 9396, section 2). */
export const DETAILS: u8 = 7;
/** Who acts (RFC 8693, section 4.1): an object with `sub` and perhaps `iss`, texts, and perhaps the `act` before it. */
export const ACTOR: u8 = 8;
/** A subject identifier (RFC 9493): an object with its `format`; of `iss_sub`, both are texts. */
export const SUBJECT_ID: u8 = 9;

export const FORMS: StaticArray<u8> = [
  ANY, TEXT, TEXT, TEXTS, TIME, TIME, TIME, TEXT, SCOPES, TEXT, MAP, TEXT, MAP, COUNT, DETAILS, ACTOR, TEXT, TEXT,
  SUBJECT_ID,
];

/** The role of a token: hop 0, a later hop, or the identity token of a delegate. */
export const ROLE_ROOT: u8 = 1;
export const ROLE_HOP: u8 = 2;
export const ROLE_WIT: u8 = 4;

/** The roles that require a claim. `isIssuerImplied` (claims.ts) has the exception for `iss` in hop 0. */
export const REQUIRED: StaticArray<u8> = [0, 3, 7, 3, 7, 0, 2, 2, 2, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0];
