/**
 * The record of one hop: everything later checks and the host need, at fixed offsets from `HOPS + k * HOP_BYTES`.
 * Positions are addresses in CHAIN, behind the records, or in NODES; a node index of 0 means that the member is absent.
 *
 *   0  the compact JWS: start, end of what is signed, end    56  scope: address, bytes
 *  12  algorithm                                             64  exp, nbf, iat (i64)
 *  16  who verifies the signature, and by which key          88  number of the issuer in TRUST (hop 0)
 *  24  header JSON: start, end                               96  nodes of the members, by name code
 *  32  claims JSON: start, end                              240  nodes of the header and of the claims
 *  40  signature: start, end                                256  SHA-256 of the JWS
 *  48  kind of the key that `cnf` names                     288  that key: x, or x and y
 *  52  hops that may follow                                 352  its thumbprint (where hop 1 brings the key), 43 characters
 * 212  what the identity token in `wit` disagrees about     400  the Ed25519 key that signed
 * 216  its exp and nbf (i64)                                432  the hash at 256 in base64url (but the leaf's), 43 characters
 * 232  whether the delegate is a child of its delegator     480  SHA-256 of what is signed: the hop's name
 */
import { HOP_BYTES, HOPS } from "./memory";

export const JWS_START: usize = 0;
export const SIGNED_END: usize = 4;
export const JWS_END: usize = 8;
export const ALGORITHM: usize = 12;
export const VERIFIER: usize = 16;
export const KEY_INDEX: usize = 20;
export const HEADER_START: usize = 24;
export const CLAIMS_START: usize = 32;
export const SIGNATURE_START: usize = 40;
export const SIGNATURE_END: usize = 44;
export const KEY_KIND: usize = 48;
export const HOPS_LEFT: usize = 52;
export const SCOPE_START: usize = 56;
export const SCOPE_LENGTH: usize = 60;
export const EXPIRES: usize = 64;
export const NOT_BEFORE: usize = 72;
export const ISSUED: usize = 80;
export const ISSUER_INDEX: usize = 88;
const MEMBERS: usize = 96;
export const WIT_DISPUTED: usize = 212;
export const WIT_EXPIRES: usize = 216;
export const WIT_NOT_BEFORE: usize = 224;
export const IS_CHILD: usize = 232;
export const HEADER_NODE: usize = 240;
export const CLAIMS_NODE: usize = 244;
export const HASH: usize = 256;
export const KEY: usize = 288;
export const THUMBPRINT: usize = 352;
export const SIGNER: usize = 400;
export const HASH_TEXT: usize = 432;
export const NAME: usize = 480;

export const THUMBPRINT_BYTES: u32 = 43;

/** Who verifies a hop's signature: the core now, the host later, or the core before (verified.ts). */
export const BY_CORE: u32 = 1;
export const BY_HOST: u32 = 2;
export const BY_MEMORY: u32 = 3;

/** What `cnf` names. */
export const KEY_NONE: u32 = 0;
export const KEY_ED25519: u32 = 1;
export const KEY_P256: u32 = 2;
export const KEY_THUMBPRINT: u32 = 3;
/** An RSA or P-384 key: it proves possession at the host, and delegates nothing. */
export const KEY_OTHER: u32 = 4;

// @ts-ignore: decorator
@inline
export function hop(index: u32): usize {
  return HOPS + <usize>index * HOP_BYTES;
}

/** The node of a member of the header or the claims, or 0. */
export function memberOf(record: usize, name: u32): u32 {
  return load<u32>(record + MEMBERS + (<usize>name << 2));
}

export function setMember(record: usize, name: u32, node: u32): void {
  store<u32>(record + MEMBERS + (<usize>name << 2), node);
}
