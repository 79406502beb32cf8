/** Reads what one hop says: the allow-list of its header, the form of its claims, the key of its `cnf`. */
import { decodeBase64url, encodeDigest } from "./base64url";
import { fail } from "./failure";
import {
  ALGORITHM, EXPIRES, hop, ISSUED, KEY, KEY_ED25519, KEY_KIND, KEY_NONE, KEY_OTHER, KEY_P256, KEY_THUMBPRINT,
  memberOf, NOT_BEFORE, setMember, THUMBPRINT, THUMBPRINT_BYTES,
} from "./hop";
import { after, ARRAY, elements, integer, kind, length, member, OBJECT, start, STRING, textIs } from "./json";
import { ARGUMENTS } from "./memory";
import {
  ALG, B64, CNF, COUNT, CRIT, DETAILS, EXP, FORMS, IAT, JKU, JWK, KID, LAST_CLAIM, LAST_NAME, MAP, nameOf, NBF, NO_NAME,
  REQUIRED, SCOPES, TEXT, TEXTS, TIME, TYP, X5C,
} from "./names";
import { sha256Finish, sha256Start, sha256Update } from "./sha256";
import { EDDSA, ES256, ES384, PS256, RS256 } from "./trust";
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

/** Accepted `typ` values of hop 0, as bits of an issuer's entry; `TYP_NONE` is a header without one. */
const TYP_NONE: u32 = 1;
const TYPES: StaticArray<string> = ["jwt", "jose", "at+jwt", "txntoken+jwt", "wit+jwt"];
const HOP_TYPE = "hop+jwt";

/** Files the members whose names are from `first` to `last` into the record: one pass over the object. */
function collect(record: usize, object: u32, first: u32, last: u32): void {
  for (let name = first; name <= last; name++) setMember(record, name, 0);
  for (let node = object + 1; node < after(object); node = after(node + 1)) {
    const name = nameOf(start(node), length(node), first, last);
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

function algorithm(node: u32): u32 {
  if (textIs(node, "EdDSA") || textIs(node, "Ed25519")) return EDDSA;
  if (textIs(node, "ES256")) return ES256;
  if (textIs(node, "RS256")) return RS256;
  if (textIs(node, "PS256")) return PS256;
  return textIs(node, "ES384") ? ES384 : 0;
}

export function readHeader(index: u32, object: u32): u32 {
  const record = hop(index);
  collect(record, object, ALG, LAST_NAME);
  for (let name = ALG; name <= KID; name++) {
    const node = memberOf(record, name);
    if (node != 0 && kind(node) != STRING) return fail(name, HEADER_TYPE);
  }
  if (memberOf(record, ALG) == 0) return fail(ALG, HEADER_TYPE);

  const alg = algorithm(memberOf(record, ALG));
  if (alg == 0 || (index > 0 && alg > ES256)) return fail(ALG, ALG_FORBIDDEN);
  store<u32>(record, alg, ALGORITHM);
  const typ = memberOf(record, TYP);
  const typed = index == 0 ? typeBit(record) != 0 : typ != 0 && mediaTypeIs(typ, HOP_TYPE);
  if (!typed) return fail(TYP, TYP_FORBIDDEN);
  if (memberOf(record, CRIT) != 0) return fail(CRIT, CRIT_FORBIDDEN);
  for (let name = B64; name <= X5C; name++) {
    if (memberOf(record, name) != 0) return fail(name, PARAMETER_FORBIDDEN);
  }
  // Only hop 1 may carry a key, and only where hop 0 names it by thumbprint; the chain checks the latter.
  const jwk = memberOf(record, JWK);
  if (jwk != 0 && index != 1) return fail(JWK, PARAMETER_FORBIDDEN);
  return jwk != 0 && kind(jwk) != OBJECT ? fail(JWK, HEADER_TYPE) : OK;
}

export function readClaims(index: u32, object: u32): u32 {
  const record = hop(index);
  const place: u8 = index == 0 ? 1 : 2;
  collect(record, object, 1, LAST_CLAIM);
  for (let name: u32 = 1; name <= LAST_CLAIM; name++) {
    const node = memberOf(record, name);
    if (node == 0) {
      if ((unchecked(REQUIRED[name]) & place) != 0) return fail(name, CLAIM_MISSING);
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

/** An absent time is the beginning of all time: neither in the future nor after anything. */
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

/** Reads a public JWK (RFC 7517; RFC 8037, section 2) into the record, with its thumbprint. */
export function readKey(record: usize, jwk: u32): bool {
  if (kind(jwk) != OBJECT || member(jwk, "d") != 0) return false;
  const kty = member(jwk, "kty"), crv = member(jwk, "crv");
  if (kty == 0 || kind(kty) != STRING) return false;
  store<u32>(record, KEY_OTHER, KEY_KIND);
  if (textIs(kty, "oct")) return false;
  if (textIs(kty, "RSA")) return true;
  if (crv == 0 || kind(crv) != STRING) return false;
  const x = member(jwk, "x"), y = member(jwk, "y");
  if (textIs(kty, "OKP") && textIs(crv, "Ed25519")) {
    if (!coordinate(record + KEY, x)) return false;
    store<u32>(record, KEY_ED25519, KEY_KIND);
  } else if (textIs(kty, "EC") && textIs(crv, "P-256")) {
    if (!coordinate(record + KEY, x) || !coordinate(record + KEY + 32, y)) return false;
    store<u32>(record, KEY_P256, KEY_KIND);
  }
  return true;
}

function coordinate(to: usize, node: u32): bool {
  return node != 0 && kind(node) == STRING && length(node) == 43 && decodeBase64url(to, start(node), 43) == 32;
}

/**
 * Writes the thumbprint of the record's key (RFC 7638, section 3): SHA-256 of the required members alone, in the order of
 * their names, without spaces. Nothing for other keys. Only the leaf's and an adopted key's are ever asked for.
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
