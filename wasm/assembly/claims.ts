/** Reads one token: the allow-list of its header, the form of its claims, the key of its `cnf`. */
import { decodeBase64url, encodeDigest } from "./base64url";
import { fail } from "./failure";
import {
  ALGORITHM, EXPIRES, ISSUED, KEY, KEY_ED25519, KEY_KIND, KEY_NONE, KEY_OTHER, KEY_P256, KEY_THUMBPRINT,
  memberOf, NOT_BEFORE, setMember, THUMBPRINT, THUMBPRINT_BYTES,
} from "./hop";
import { after, ARRAY, elements, integer, kind, length, member, OBJECT, sameText, start, STRING, textIs, wordOf } from "./json";
import { ARGUMENTS } from "./memory";
import {
  ACTOR, ALG, B64, CNF, COUNT, CRIT, EXP, FORMS, IAT, ISS, JWK, KID, LAST_CLAIM, LAST_NAME, MAP, nameOf, NBF, NO_NAME,
  REQUIRED, ROLE_HOP, ROLE_ROOT, SCOPES, SUB, SUBJECT_ID, TEXT, TEXTS, TIME, TYP, WIT, X5C,
} from "./names";
import { sha256Finish, sha256Start, sha256Update } from "./sha256";
import {
  EDDSA, ES256, ES384, findDomain, ML_DSA_44, ML_DSA_65, ML_DSA_87, PS256, RS256,
} from "./trust";
import {
  ALG_FORBIDDEN, CLAIM_MISSING, CLAIM_SIZE, CLAIM_TYPE, CONFIRMATION_INVALID, CRIT_FORBIDDEN, HEADER_TYPE, OK,
  PARAMETER_FORBIDDEN, TYP_FORBIDDEN,
} from "./verdict";

const MAX_TEXT: u32 = 1024;
const MAX_TEXTS: u32 = 64;
const MAX_SCOPES: u32 = 256;
const MAX_DETAILS: u32 = 16;

/** Scratch for a decoded coordinate and a digest. */
const DIGEST = ARGUMENTS + 0xc00;

/** Scratch for values that only have to decode: the modulus of an RSA key, a coordinate of P-384. */
const DECODED = ARGUMENTS + 0x400;
const MAX_MODULUS: u32 = 1366;
const MAX_EXPONENT: u32 = 11;

/** Accepted `typ` values of hop 0, as bits of an issuer's entry; `TYP_NONE` is a header without one. */
const TYP_NONE: u32 = 1;
const TYPES: StaticArray<string> = ["jwt", "jose", "at+jwt", "txntoken+jwt", "wit+jwt"];
/**
 * Types that a token may have if it names no issuer and its trust domain does: none, JWT, JOSE (JWT-SVID, section 2),
 * wit+jwt.
 */
const DOMAIN_TYPES: u32 = 0x27;
const HOP_TYPE = "hop+jwt";
const WIT_TYPE = "wit+jwt";

/** Members and values of a JWK as words (json.ts, `wordOf`). */
const KTY: u64 = 0x79746b;
const CRV: u64 = 0x767263;
const OKP: u64 = 0x504b4f;
const EC: u64 = 0x4345;
const RSA: u64 = 0x415352;
const P_256: u64 = 0x3635322d50;
const P_384: u64 = 0x3438332d50;
const ED25519: u64 = 0x39313535326445;
const D: u64 = 0x64, P: u64 = 0x70, Q: u64 = 0x71, DP: u64 = 0x7064, DQ: u64 = 0x7164, QI: u64 = 0x6971, OTH: u64 = 0x68746f, K: u64 = 0x6b, PRIV: u64 = 0x76697270;
const X: u64 = 0x78, Y: u64 = 0x79, N: u64 = 0x6e, E: u64 = 0x65;

/** Files the members whose names are from `first` to `last` into the record: one pass over the object. */
function collect(record: usize, object: u32, first: u32, last: u32): void {
  for (let name = first; name <= last; name++) setMember(record, name, 0);
  for (let node = object + 1; node < after(object); node = after(node + 1)) {
    const name = nameOf(node, first, last);
    if (name != NO_NAME) setMember(record, name, node + 1);
  }
}

/** Case-insensitive media type, with or without "application/" (RFC 7515, section 4.1.9). */
function mediaTypeIs(node: u32, type: string): bool {
  const prefix = "application/";
  let from = start(node), size = length(node);
  if (size == <u32>(prefix.length + type.length) && sameLetters(from, prefix)) {
    from += prefix.length;
    size -= prefix.length;
  }
  return size == <u32>type.length && sameLetters(from, type);
}

function sameLetters(from: usize, text: string): bool {
  for (let i = 0; i < text.length; i++) {
    const c = <i32>load<u8>(from + i);
    if ((c >= 0x41 && c <= 0x5a ? c | 0x20 : c) != text.charCodeAt(i)) return false;
  }
  return true;
}

/** The bit of hop 0's `typ`, 0 where no issuer may use it. */
export function typeBit(record: usize): u32 {
  const typ = memberOf(record, TYP);
  if (typ == 0) return TYP_NONE;
  for (let i = 0; i < TYPES.length; i++) {
    if (mediaTypeIs(typ, unchecked(TYPES[i]))) return TYP_NONE << (i + 1);
  }
  return 0;
}

/** The algorithm that a text names, or 0. */
export function algorithmOf(node: u32): u32 {
  const word = wordOf(node);
  if (word == 0x4153446445 || word == 0x39313535326445) return EDDSA;
  if (word == 0x3635325345) return ES256;
  if (word == 0x3635325352) return RS256;
  if (word == 0x3635325350) return PS256;
  if (word == 0x3438335345) return ES384;
  if (length(node) != 9) return 0;
  // "ML-DSA-", then two digits, one in each word.
  const first = load<u64>(start(node)), last = <u32>load<u8>(start(node), 8);
  if (first == 0x342d4153442d4c4d && last == 0x34) return ML_DSA_44;
  if (first == 0x362d4153442d4c4d && last == 0x35) return ML_DSA_65;
  return first == 0x382d4153442d4c4d && last == 0x37 ? ML_DSA_87 : 0;
}

/**
 * @param role ROLE_ROOT, ROLE_HOP or ROLE_WIT
 * @param carries whether its header may contain a key
 */
export function readHeader(record: usize, role: u8, carries: bool, object: u32): u32 {
  collect(record, object, ALG, LAST_NAME);
  for (let name = ALG; name <= KID; name++) {
    if (!isAbsentOr(STRING, record, name)) return fail(name, HEADER_TYPE);
  }
  if (memberOf(record, ALG) == 0) return fail(ALG, HEADER_TYPE);
  if (!isAbsentOr(OBJECT, record, JWK)) return fail(JWK, HEADER_TYPE);
  if (!isAbsentOr(STRING, record, WIT)) return fail(WIT, HEADER_TYPE);

  const alg = algorithmOf(memberOf(record, ALG));
  const last = role == ROLE_ROOT ? ML_DSA_87 : role == ROLE_HOP ? ES256 : ES384;
  if (alg == 0 || alg > last) return fail(ALG, ALG_FORBIDDEN);
  store<u32>(record, alg, ALGORITHM);
  const typ = memberOf(record, TYP);
  const typed = role == ROLE_ROOT
    ? typeBit(record) != 0
    : typ != 0 && mediaTypeIs(typ, role == ROLE_HOP ? HOP_TYPE : WIT_TYPE);
  if (!typed) return fail(TYP, TYP_FORBIDDEN);
  if (memberOf(record, CRIT) != 0) return fail(CRIT, CRIT_FORBIDDEN);
  for (let name = B64; name <= X5C; name++) {
    if (memberOf(record, name) != 0) return fail(name, PARAMETER_FORBIDDEN);
  }
  if (memberOf(record, JWK) != 0 && !carries) return fail(JWK, PARAMETER_FORBIDDEN);
  return memberOf(record, WIT) != 0 && role != ROLE_HOP ? fail(WIT, PARAMETER_FORBIDDEN) : OK;
}

function isAbsentOr(wanted: u32, record: usize, name: u32): bool {
  const node = memberOf(record, name);
  return node == 0 || kind(node) == wanted;
}

export function readClaims(record: usize, role: u8, object: u32): u32 {
  collect(record, object, 1, LAST_CLAIM);
  for (let name: u32 = 1; name <= LAST_CLAIM; name++) {
    const node = memberOf(record, name);
    if (node == 0) {
      const required = (unchecked(REQUIRED[name]) & role) != 0;
      if (required && !(name == ISS && role == ROLE_ROOT && isIssuerImplied(record))) return fail(name, CLAIM_MISSING);
      continue;
    }
    const verdict = checkForm(node, unchecked(FORMS[name]));
    if (verdict != OK) return fail(name, verdict);
  }
  store<i64>(record, time(record, EXP), EXPIRES);
  store<i64>(record, time(record, NBF), NOT_BEFORE);
  store<i64>(record, time(record, IAT), ISSUED);
  return readConfirmation(record);
}

/** A JWT-SVID or WIT need not name its issuer: the trust domain of its subject does. */
function isIssuerImplied(record: usize): bool {
  const sub = memberOf(record, SUB);
  return (typeBit(record) & DOMAIN_TYPES) != 0 && sub != 0 && kind(sub) == STRING && findDomain(sub) != 0;
}

/** An absent time counts as 0: neither in the future nor after anything. */
function time(record: usize, name: u32): i64 {
  const node = memberOf(record, name);
  return node == 0 ? 0 : integer(node);
}

function checkForm(node: u32, form: u8): u32 {
  const k = kind(node);
  if (form == TEXT) return checkText(node);
  if (form == SCOPES) return k == STRING ? checkScopes(start(node), length(node)) : CLAIM_TYPE;
  if (form == TIME) return integer(node) >= 0 ? OK : CLAIM_TYPE;
  if (form == COUNT) return integer(node) >= 0 && integer(node) <= 255 ? OK : CLAIM_TYPE;
  if (form == MAP) return k == OBJECT ? OK : CLAIM_TYPE;
  if (form == ACTOR) return checkActor(node);
  if (form == SUBJECT_ID) return checkSubjectId(node);
  if (form == TEXTS && k == STRING) return checkText(node);
  if (k != ARRAY) return CLAIM_TYPE;
  const size = elements(node);
  if (form == TEXTS && size == 0) return CLAIM_TYPE;
  if (size > (form == TEXTS ? MAX_TEXTS : MAX_DETAILS)) return CLAIM_SIZE;
  for (let element = node + 1; element < after(node); element = after(element)) {
    const verdict = form == TEXTS ? checkText(element) : kind(element) == OBJECT ? OK : CLAIM_TYPE;
    if (verdict != OK) return verdict;
  }
  return OK;
}

/** Every actor, from the last to the first: the depth of JSON bounds how many. */
function checkActor(node: u32): u32 {
  for (let actor = node; actor != 0; actor = member(actor, "act")) {
    if (kind(actor) != OBJECT) return CLAIM_TYPE;
    const verdict = checkParty(actor, false);
    if (verdict != OK) return verdict;
  }
  return OK;
}

function checkSubjectId(node: u32): u32 {
  if (kind(node) != OBJECT) return CLAIM_TYPE;
  const format = member(node, "format");
  if (format == 0 || kind(format) != STRING) return CLAIM_TYPE;
  return textIs(format, "iss_sub") ? checkParty(node, true) : OK;
}

/** An object's `sub`, and its `iss` if it must have one or has one. */
function checkParty(node: u32, issued: bool): u32 {
  const sub = member(node, "sub"), iss = member(node, "iss");
  if (sub == 0 || (issued && iss == 0)) return CLAIM_TYPE;
  const verdict = checkText(sub);
  return verdict != OK || iss == 0 ? verdict : checkText(iss);
}

function checkText(node: u32): u32 {
  if (kind(node) != STRING || length(node) == 0) return CLAIM_TYPE;
  if (length(node) > MAX_TEXT) return CLAIM_SIZE;
  const from = start(node);
  for (let i: usize = 0; i < length(node); i++) {
    const c = load<u8>(from + i);
    if (c < 0x20 || c == 0x7f) return CLAIM_TYPE;
  }
  return OK;
}

function checkScopes(from: usize, size: u32): u32 {
  let tokens: u32 = size > 0 ? 1 : 0;
  let previous: u8 = 0x20;
  for (let i: usize = 0; i < size; i++) {
    const c = load<u8>(from + i);
    if (c == 0x20) {
      if (previous == 0x20) return CLAIM_TYPE;
      tokens++;
    } else if (c < 0x21 || c > 0x7e || c == 0x22 || c == 0x5c) return CLAIM_TYPE;
    previous = c;
  }
  if (size > 0 && previous == 0x20) return CLAIM_TYPE;
  return tokens > MAX_SCOPES ? CLAIM_SIZE : OK;
}

/** The key of `cnf` (RFC 7800, section 3.2; RFC 9449, section 6.1): one way of naming it, and no private part. */
function readConfirmation(record: usize): u32 {
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

/** Members that only private and shared keys have (RFC 7518, sections 6.2.2, 6.3.2 and 6.4; RFC 8037, section 2; RFC 9964, section 3). */
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
