/** The key of a token's `cnf`: how it is named, which kinds can prove something, its thumbprint. */
import { decodeBase64url, encodeDigest } from "./base64url";
import { fail } from "./failure";
import {
  KEY, KEY_ED25519, KEY_KIND, KEY_NONE, KEY_OTHER, KEY_P256, KEY_THUMBPRINT, memberOf, THUMBPRINT, THUMBPRINT_BYTES,
} from "./hop";
import { after, kind, length, member, OBJECT, sameText, start, STRING, wordOf } from "./json";
import { ARGUMENTS } from "./memory";
import { CNF } from "./names";
import { sha256Finish, sha256Start, sha256Update } from "./sha256";
import { CONFIRMATION_INVALID, OK } from "./verdict";

/** Scratch for a decoded coordinate and a digest. */
const DIGEST = ARGUMENTS + 0xc00;

/** Scratch for values that only have to decode: the modulus of an RSA key, a coordinate of P-384. */
const DECODED = ARGUMENTS + 0x400;
const MAX_MODULUS: u32 = 1366;
const MAX_EXPONENT: u32 = 11;

/** Members and values of a JWK as words (json.ts, `wordOf`). */
const KTY: u64 = 0x79746b;
const CRV: u64 = 0x767263;
const OKP: u64 = 0x504b4f;
const EC: u64 = 0x4345;
const RSA: u64 = 0x415352;
const P_256: u64 = 0x3635322d50;
const P_384: u64 = 0x3438332d50;
const ED25519: u64 = 0x39313535326445;
const D: u64 = 0x64, P: u64 = 0x70, Q: u64 = 0x71, DP: u64 = 0x7064, DQ: u64 = 0x7164, QI: u64 = 0x6971;
const OTH: u64 = 0x68746f, K: u64 = 0x6b, PRIV: u64 = 0x76697270;
const X: u64 = 0x78, Y: u64 = 0x79, N: u64 = 0x6e, E: u64 = 0x65;

/** The key of `cnf` (RFC 7800, section 3.2; RFC 9449, section 6.1): one way of naming it, and no private part. */
export function readConfirmation(record: usize): u32 {
  store<u32>(record, KEY_NONE, KEY_KIND);
  const cnf = memberOf(record, CNF);
  if (cnf == 0) return OK;
  const jwk = member(cnf, "jwk"), jkt = member(cnf, "jkt");
  if (jwk != 0 && jkt != 0) return fail(CNF, CONFIRMATION_INVALID);
  if (jwk != 0) return readKey(record, jwk) ? OK : fail(CNF, CONFIRMATION_INVALID);
  if (jkt == 0) return OK;
  if (kind(jkt) != STRING || length(jkt) != THUMBPRINT_BYTES || decodeBase64url(DIGEST, start(jkt), length(jkt)) != 32) {
    return fail(CNF, CONFIRMATION_INVALID);
  }
  store<u32>(record, KEY_THUMBPRINT, KEY_KIND);
  memory.copy(record + THUMBPRINT, start(jkt), THUMBPRINT_BYTES);
  return OK;
}

/** Reads a public JWK (RFC 7517; RFC 7518, section 6; RFC 8037, section 2) of a kind that can prove something. */
export function readKey(record: usize, jwk: u32): bool {
  if (kind(jwk) != OBJECT) return false;
  let kty: u64 = 0, crv: u64 = 0, x: u32 = 0, y: u32 = 0, n: u32 = 0, e: u32 = 0;
  for (let node = jwk + 1; node < after(jwk); node = after(node + 1)) {
    const name = wordOf(node), value = node + 1;
    if (isPrivate(name)) return false;
    if (name == KTY) kty = kind(value) == STRING ? wordOf(value) : 0;
    else if (name == CRV) crv = kind(value) == STRING ? wordOf(value) : 0;
    else if (name == X) x = value;
    else if (name == Y) y = value;
    else if (name == N) n = value;
    else if (name == E) e = value;
  }
  const isEd25519 = kty == OKP && crv == ED25519, isP256 = kty == EC && crv == P_256;
  store<u32>(record, isEd25519 ? KEY_ED25519 : isP256 ? KEY_P256 : KEY_OTHER, KEY_KIND);
  if (isEd25519) return decodes(record + KEY, x, 32);
  if (isP256) return decodes(record + KEY, x, 32) && decodes(record + KEY + 32, y, 32);
  if (kty == EC && crv == P_384) return decodes(DECODED, x, 48) && decodes(DECODED, y, 48);
  return kty == RSA && isNumber(n, MAX_MODULUS) && isNumber(e, MAX_EXPONENT);
}

/**
 * Members that only private and shared keys have (RFC 7518, sections 6.2.2, 6.3.2 and 6.4; RFC 8037, section 2; RFC
 * 9964, section 3).
 */
function isPrivate(name: u64): bool {
  return name == D || name == P || name == Q || name == DP || name == DQ || name == QI || name == OTH || name == K ||
    name == PRIV;
}

function isString(node: u32): bool {
  return node != 0 && kind(node) == STRING;
}

function decodes(to: usize, node: u32, size: i32): bool {
  return isString(node) && <i32>length(node) == (size * 8 + 5) / 6 && decodeBase64url(to, start(node), length(node)) == size;
}

/** A number in as few octets as possible (RFC 7518, section 2, Base64urlUInt), so that a key has only one encoding. */
function isNumber(node: u32, most: u32): bool {
  if (!isString(node) || length(node) > most) return false;
  return decodeBase64url(DECODED, start(node), length(node)) > 0 && load<u8>(DECODED) != 0;
}

/** Whether two public keys that `readKey` took are the same: their members have only one encoding. */
export function isSameKey(a: u32, b: u32): bool {
  return isSameMember(a, b, "kty") && isSameMember(a, b, "crv") && isSameMember(a, b, "x") && isSameMember(a, b, "y")
    && isSameMember(a, b, "n") && isSameMember(a, b, "e");
}

function isSameMember(a: u32, b: u32, name: string): bool {
  const x = member(a, name), y = member(b, name);
  return x == 0 || y == 0 ? x == y : kind(x) == STRING && kind(y) == STRING && sameText(x, y);
}

/**
 * Writes the thumbprint of the record's key (RFC 7638, section 3): SHA-256 of only the required members, in order of
 * their names, without spaces. Nothing for other keys, whose thumbprints the host computes.
 */
export function computeThumbprint(record: usize): void {
  const keyKind = load<u32>(record, KEY_KIND);
  if (keyKind != KEY_ED25519 && keyKind != KEY_P256) return;
  sha256Start();
  if (keyKind == KEY_ED25519) hashText('{"crv":"Ed25519","kty":"OKP","x":"');
  else hashText('{"crv":"P-256","kty":"EC","x":"');
  hashCoordinate(record + KEY);
  if (keyKind == KEY_P256) {
    hashText('","y":"');
    hashCoordinate(record + KEY + 32);
  }
  hashText('"}');
  sha256Finish(DIGEST);
  encodeDigest(record + THUMBPRINT, DIGEST);
}

function hashCoordinate(coordinate: usize): void {
  encodeDigest(DIGEST, coordinate);
  sha256Update(DIGEST, THUMBPRINT_BYTES);
}

function hashText(text: string): void {
  for (let i = 0; i < text.length; i++) store<u8>(DIGEST + i, <u8>text.charCodeAt(i));
  sha256Update(DIGEST, text.length);
}
