/** Reads one token: the allow-list of its header, the form of its claims. */
import { readConfirmation } from "./confirmation";
import { fail } from "./failure";
import { ALGORITHM, EXPIRES, ISSUED, memberOf, NOT_BEFORE, setMember } from "./hop";
import { after, ARRAY, elements, integer, kind, length, member, OBJECT, start, STRING, textIs, wordOf } from "./json";
import {
  ACTOR, ALG, B64, COUNT, CRIT, EXP, FORMS, IAT, ISS, JWK, KID, LAST_CLAIM, LAST_NAME, MAP, nameOf, NBF, NO_NAME,
  REQUIRED, ROLE_HOP, ROLE_ROOT, SCOPES, SUB, SUBJECT_ID, TEXT, TEXTS, TIME, TYP, WIT, X5C,
} from "./names";
import { EDDSA, ES256, ES384, findDomain, ML_DSA_44, ML_DSA_65, ML_DSA_87, PS256, RS256 } from "./trust";
import {
  ALG_FORBIDDEN, CLAIM_MISSING, CLAIM_SIZE, CLAIM_TYPE, CRIT_FORBIDDEN, HEADER_TYPE, OK, PARAMETER_FORBIDDEN,
  TYP_FORBIDDEN,
} from "./verdict";

const MAX_TEXT: u32 = 1024;
const MAX_TEXTS: u32 = 64;
const MAX_SCOPES: u32 = 256;
const MAX_DETAILS: u32 = 16;

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
