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

/** The first eight bytes of each name as a little-endian word: with its length, enough to tell one from another. */
const PREFIXES = memory.data<u64>([
  0x0, 0x737369, 0x627573, 0x647561,
  0x707865, 0x66626e, 0x746169, 0x69746a,
  0x65706f6373, 0x687470, 0x666e63, 0x6e7874,
  0x78746374, 0x73706f685f78616d, 0x7a69726f68747561, 0x746361,
  0x695f746e65696c63, 0x707a61, 0x676c61, 0x707974,
  0x64696b, 0x74697263, 0x6b776a, 0x343662,
  0x756b6a, 0x753578, 0x633578,
]);

/** The code between `first` and `last` of the name that these bytes spell, or NO_NAME. `from` is followed by 8 readable bytes. */
export function nameOf(from: usize, length: u32, first: u32, last: u32): u32 {
  const prefix = load<u64>(from) & (length < 8 ? (<u64>1 << (<u64>length << 3)) - 1 : u64.MAX_VALUE);
  for (let name = first; name <= last; name++) {
    if (load<u64>(PREFIXES + (<usize>name << 3)) != prefix) continue;
    const text = unchecked(NAMES[name]);
    if (<u32>text.length != length) continue;
    for (let i = 8; i < text.length; i++) {
      if (<i32>load<u8>(from + i) != text.charCodeAt(i)) return NO_NAME;
    }
    return name;
  }
  return NO_NAME;
}

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
