/**
 * `verifyChain`: the rules of docs/chain.md over a whole chain, in one call. The phases run over all hops one
 * after the other - structure, allow-lists, signatures, meaning - so that no claim is weighed before every
 * signature that the core can check has been checked.
 */
import { decodeBase64url, encodeDigest } from "./base64url";
import { computeThumbprint, fail, failedName, readClaims, readHeader, readKey, typeBit } from "./claims";
import { areEncodingsSound, combine, finishDigest, PUBLIC_KEY, settle, SIGNATURE, startDigest, startSignatures } from "./ed25519";
import {
  ALGORITHM, BY_CORE, BY_HOST, BY_MEMORY, CLAIMS_NODE, CLAIMS_START, EXPIRES, HASH, HASH_TEXT, HEADER_NODE, HEADER_START, hop, HOPS_LEFT,
  ISSUED, ISSUER_INDEX, JWS_END, JWS_START, KEY, KEY_ED25519, KEY_INDEX, KEY_KIND, KEY_P256, KEY_THUMBPRINT,
  memberOf, NOT_BEFORE, SCOPE_LENGTH, SCOPE_START, setMember, SIGNATURE_END, SIGNATURE_START, SIGNED_END, SIGNER, THUMBPRINT,
  THUMBPRINT_BYTES, VERIFIER,
} from "./hop";
import {
  after, ARRAY, deepEqual, integer, kind, length, member, nextNode, OBJECT, parse, resetNodes, sameText, start,
  STRING,
} from "./json";
import { ARGUMENTS, AUDIENCES, CHAIN, CHAIN_BYTES, DECODED, MAX_HOPS } from "./memory";
import {
  ACT, AUD, AUTHORIZATION_DETAILS, AZP, CLIENT_ID, EXP, IAT, ISS, JWK, KID, MAX_HOPS_CLAIM, NBF, NO_NAME, PTH, SCOPE,
  SUB, TCTX, TXN, TYP,
} from "./names";
import { detailsWithin, scopeWithin, textsWithin } from "./narrowing";
import { sha256 } from "./sha256";
import { sha512Update } from "./sha512";
import {
  acceptedTypes, defaultScope, defaultScopeBytes, EDDSA, ES256, findIssuer, findKey, foundAlgorithm, foundIndex,
  foundKey,
} from "./trust";
import { keyTable } from "./keys";
import { isVerified } from "./verified";
import {
  ALG_MISMATCH, AUDIENCE_MISMATCH, AUDIENCE_WIDENED, BASE64URL_INVALID, CHAIN_EMPTY, CHAIN_TOO_LONG,
  CHAIN_TOO_MANY_HOPS, CLAIM_TYPE, DELEGATE_NOT_URI, DELEGATOR_MISMATCH, DEPTH_EXCEEDED, DETAILS_WIDENED, EXPIRED,
  EXPIRY_WIDENED, ISSUED_IN_FUTURE, ISSUER_UNKNOWN, JSON_NOT_OBJECT, JWS_MALFORMED, KEY_UNKNOWN, LIFETIME_EMPTY,
  NOT_BEFORE_WIDENED, NOT_YET_VALID, OK, PARAMETER_FORBIDDEN, PARENT_HASH_MISMATCH, PARENT_KEY_MISSING,
  SCOPE_WIDENED, SIGNATURE_INVALID, SIGNATURE_MALFORMED, TASK_CHANGED, TASK_CONTEXT_CHANGED, THUMBPRINT_MISMATCH,
  TYP_NOT_ACCEPTED,
} from "./verdict";

const ENCODED_HASH: usize = ARGUMENTS + 0xd00;
/** What the host reads as text after a verdict of OK, 43 characters each: every hop's hash, then the leaf's thumbprint. */
export const TEXTS: usize = ARGUMENTS + 0xa00;

export let hopCount: u32 = 0;
export let failedHop: u32 = 0;
/** The member that the verdict is about (names.ts), or 0. */
export function failedMember(): u32 {
  return failedName;
}

let decoded: usize = DECODED;
/** Of the call that runs: seconds since the epoch, and whether keys without a table are left to the host. */
let clock: i64 = 0;
let deferUnknown: bool = false;

/**
 * Judges the `size` bytes at CHAIN.
 *
 * @param now seconds since the epoch
 * @param skew seconds that `iat` and `nbf` may lie ahead of `now`; `exp` gets none
 * @param defer leaves signatures by Ed25519 keys without a table to the host, once their encodings are checked
 * @returns 0 or a verdict code; `failedHop` and `failedMember` say where. After 0, hops whose VERIFIER is BY_HOST
 *   still need their signature checked.
 */
export function verifyChain(size: u32, maxBytes: u32, maxHops: u32, now: f64, skew: u32, defer: bool): u32 {
  failedHop = 0;
  fail(NO_NAME, OK);
  hopCount = 0;
  decoded = DECODED;
  clock = <i64>now;
  deferUnknown = defer;
  resetNodes();
  if (size == 0) return CHAIN_EMPTY;
  if (size > min(maxBytes, CHAIN_BYTES)) return CHAIN_TOO_LONG;

  let verdict = split(size, min(maxHops, MAX_HOPS));
  for (let k: u32 = 0; verdict == OK && k < hopCount; k++) verdict = readStructure(k);
  for (let k: u32 = 0; verdict == OK && k < hopCount; k++) verdict = readAllowed(k);
  for (let k: u32 = 0; verdict == OK && k < hopCount; k++) hashHop(hop(k));
  if (verdict == OK) verdict = verifySignatures();
  for (let k: u32 = 0; verdict == OK && k < hopCount; k++) {
    failedHop = k;
    verdict = checkTime(hop(k), clock, skew);
    if (verdict == OK) verdict = k == 0 ? checkRoot(maxHops) : checkHop(k);
  }
  if (verdict == OK && !namesAudience(memberOf(hop(hopCount - 1), AUD))) verdict = fail(AUD, AUDIENCE_MISMATCH);
  if (verdict == OK) writeTexts();
  return verdict;
}

/** Writes the texts that the host asks of a chain that holds. */
function writeTexts(): void {
  for (let k: u32 = 0; k < hopCount; k++) memory.copy(TEXTS + <usize>k * 43, hop(k) + HASH_TEXT, 43);
  const leaf = hop(hopCount - 1);
  computeThumbprint(leaf);
  memory.copy(TEXTS + <usize>hopCount * 43, leaf + THUMBPRINT, 43);
}

/** Finds the hops between the tildes. */
function split(size: u32, maxHops: u32): u32 {
  const end = CHAIN + size;
  let from = CHAIN;
  for (let at = CHAIN; at <= end; at++) {
    if (at != end && load<u8>(at) != 0x7e) continue;
    failedHop = hopCount;
    if (hopCount == maxHops) return CHAIN_TOO_MANY_HOPS;
    const record = hop(hopCount++);
    store<u32>(record, 0, VERIFIER);
    store<u32>(record, <u32>from, JWS_START);
    store<u32>(record, <u32>at, JWS_END);
    from = at + 1;
  }
  return OK;
}

/** Structure: three segments of canonical base64url, the first two JSON objects. */
function readStructure(k: u32): u32 {
  failedHop = k;
  const record = hop(k);
  const from: usize = load<u32>(record, JWS_START), end: usize = load<u32>(record, JWS_END);
  let first: usize = 0, second: usize = 0;
  for (let at = from; at < end; at++) {
    if (load<u8>(at) != 0x2e) continue;
    if (first == 0) first = at;
    else if (second == 0) second = at;
    else return JWS_MALFORMED;
  }
  if (second == 0 || first == from || second == first + 1 || second + 1 == end) return JWS_MALFORMED;
  store<u32>(record, <u32>second, SIGNED_END);

  let verdict = decode(record, from, first, HEADER_START);
  if (verdict == OK) verdict = decode(record, first + 1, second, CLAIMS_START);
  if (verdict == OK) verdict = decode(record, second + 1, end, SIGNATURE_START);
  if (verdict == OK) verdict = parseObject(record, HEADER_START, HEADER_NODE);
  return verdict == OK ? parseObject(record, CLAIMS_START, CLAIMS_NODE) : verdict;
}

function decode(record: usize, from: usize, end: usize, field: usize): u32 {
  const bytes = decodeBase64url(decoded, from, <u32>(end - from));
  if (bytes < 0) return BASE64URL_INVALID;
  store<u32>(record + field, <u32>decoded);
  decoded += bytes;
  store<u32>(record + field + 4, <u32>decoded);
  return OK;
}

function parseObject(record: usize, field: usize, nodeField: usize): u32 {
  const node = nextNode();
  const from: usize = load<u32>(record + field);
  const verdict = parse(from, load<u32>(record + field + 4) - <u32>from);
  if (verdict != OK) return verdict;
  if (kind(node) != OBJECT) return JSON_NOT_OBJECT;
  store<u32>(record + nodeField, node);
  return OK;
}

function readAllowed(k: u32): u32 {
  failedHop = k;
  const record = hop(k);
  const verdict = readHeader(k, load<u32>(record, HEADER_NODE));
  return verdict == OK ? readClaims(k, load<u32>(record, CLAIMS_NODE)) : verdict;
}

/**
 * Collects the signatures of the hops and compares them all at once. A signature that does not verify is reported before
 * whatever another rule has to say of a later hop.
 */
function verifySignatures(): u32 {
  startSignatures();
  let verdict: u32 = OK, collected: u32 = 0;
  for (let k: u32 = 0; verdict == OK && k < hopCount; k++) {
    failedHop = k;
    verdict = k == 0 ? verifyRoot() : verifyHop(k);
  }
  const refused = settle();
  for (let k: u32 = 0; k < hopCount && collected <= refused; k++) {
    if (load<u32>(hop(k), VERIFIER) != BY_CORE) continue;
    if (collected++ != refused) continue;
    failedHop = k;
    return fail(NO_NAME, SIGNATURE_INVALID);
  }
  return verdict;
}

/** Hop 0: a trusted issuer, a `typ` that it may use, a key of its own. The key fixes the algorithm. */
function verifyRoot(): u32 {
  const record = hop(0);
  const issuer = findIssuer(memberOf(record, ISS));
  if (issuer == 0) return fail(ISS, ISSUER_UNKNOWN);
  store<u32>(record, foundIndex, ISSUER_INDEX);
  if ((acceptedTypes(issuer) & typeBit(record)) == 0) return fail(TYP, TYP_NOT_ACCEPTED);
  const scope = memberOf(record, SCOPE);
  store<u32>(record, scope != 0 ? <u32>start(scope) : <u32>defaultScope(issuer), SCOPE_START);
  store<u32>(record, scope != 0 ? length(scope) : defaultScopeBytes(issuer), SCOPE_LENGTH);

  if (!findKey(issuer, memberOf(record, KID), load<u32>(record, ALGORITHM))) return fail(KID, KEY_UNKNOWN);
  if (foundAlgorithm != load<u32>(record, ALGORITHM)) return ALG_MISMATCH;
  store<u32>(record, foundIndex, KEY_INDEX);
  if (foundAlgorithm == EDDSA) return verifySignature(record, foundKey);
  store<u32>(record, BY_HOST, VERIFIER);
  return OK;
}

/** Hop k: signed by the key that its parent's `cnf` names. */
function verifyHop(k: u32): u32 {
  const record = hop(k), parent = hop(k - 1);
  const scope = memberOf(record, SCOPE), jwk = memberOf(record, JWK);
  store<u32>(record, <u32>start(scope), SCOPE_START);
  store<u32>(record, length(scope), SCOPE_LENGTH);

  if (load<u32>(parent, KEY_KIND) == KEY_THUMBPRINT && k == 1) {
    if (jwk == 0) return fail(JWK, PARENT_KEY_MISSING);
    const verdict = adoptKey(parent, jwk);
    if (verdict != OK) return verdict;
  } else if (jwk != 0) return fail(JWK, PARAMETER_FORBIDDEN);

  const keyKind = load<u32>(parent, KEY_KIND), algorithm = load<u32>(record, ALGORITHM);
  if (keyKind == KEY_ED25519) {
    return algorithm == EDDSA ? verifySignature(record, parent + KEY) : ALG_MISMATCH;
  }
  if (keyKind != KEY_P256) return PARENT_KEY_MISSING;
  if (algorithm != ES256) return ALG_MISMATCH;
  if (load<u32>(record, SIGNATURE_END) - load<u32>(record, SIGNATURE_START) != 64) return SIGNATURE_MALFORMED;
  store<u32>(record, BY_HOST, VERIFIER);
  return OK;
}

/** Takes the key that hop 1 carries for hop 0, if its thumbprint is the one that hop 0 names. */
function adoptKey(parent: usize, jwk: u32): u32 {
  memory.copy(ENCODED_HASH, parent + THUMBPRINT, THUMBPRINT_BYTES);
  if (!readKey(parent, jwk)) return fail(JWK, PARENT_KEY_MISSING);
  const keyKind = load<u32>(parent, KEY_KIND);
  if (keyKind != KEY_ED25519 && keyKind != KEY_P256) return fail(JWK, PARENT_KEY_MISSING);
  computeThumbprint(parent);
  return memory.compare(ENCODED_HASH, parent + THUMBPRINT, THUMBPRINT_BYTES) == 0
    ? OK
    : fail(JWK, THUMBPRINT_MISMATCH);
}

function verifySignature(record: usize, key: usize): u32 {
  const from: usize = load<u32>(record, SIGNATURE_START);
  if (load<u32>(record, SIGNATURE_END) - <u32>from != 64) return SIGNATURE_MALFORMED;
  memory.copy(record + SIGNER, key, 32);
  if (isVerified(record + HASH, key, clock)) {
    store<u32>(record, BY_MEMORY, VERIFIER);
    return OK;
  }
  memory.copy(PUBLIC_KEY, key, 32);
  memory.copy(SIGNATURE, from, 64);
  if (deferUnknown && keyTable(key) == 0) {
    store<u32>(record, BY_HOST, VERIFIER);
    return areEncodingsSound() ? OK : SIGNATURE_INVALID;
  }
  const signed: usize = load<u32>(record, JWS_START);
  startDigest();
  sha512Update(signed, load<u32>(record, SIGNED_END) - <u32>signed);
  finishDigest();
  if (!combine()) return SIGNATURE_INVALID;
  store<u32>(record, BY_CORE, VERIFIER);
  return OK;
}

function hashHop(record: usize): void {
  const jws: usize = load<u32>(record, JWS_START);
  sha256(record + HASH, jws, load<u32>(record, JWS_END) - <u32>jws);
  encodeDigest(record + HASH_TEXT, record + HASH);
}

function checkTime(record: usize, now: i64, skew: i64): u32 {
  if (load<i64>(record, EXPIRES) <= now) return fail(EXP, EXPIRED);
  if (load<i64>(record, NOT_BEFORE) > now + skew) return fail(NBF, NOT_YET_VALID);
  if (load<i64>(record, ISSUED) > now + skew) return fail(IAT, ISSUED_IN_FUTURE);
  const begin = max(load<i64>(record, ISSUED), load<i64>(record, NOT_BEFORE));
  return load<i64>(record, EXPIRES) <= begin ? fail(EXP, LIFETIME_EMPTY) : OK;
}

/** A root that sets no `max_hops` may be followed by as many hops as the gateway allows. */
function checkRoot(maxHops: u32): u32 {
  const record = hop(0), claim = memberOf(record, MAX_HOPS_CLAIM);
  store<u32>(record, claim != 0 ? <u32>integer(claim) : maxHops - 1, HOPS_LEFT);
  return OK;
}

/** The actor that hop k - 1 made: for the root its `act.sub`, else its client, else its subject. */
function actorOf(k: u32): u32 {
  const record = hop(k);
  if (k > 0) return memberOf(record, SUB);
  const act = memberOf(record, ACT);
  if (act != 0) return member(act, "sub");
  const client = memberOf(record, CLIENT_ID), azp = memberOf(record, AZP);
  return client != 0 ? client : azp != 0 ? azp : memberOf(record, SUB);
}

/** Hop k against its parent: the table of docs/chain.md, in its order. */
function checkHop(k: u32): u32 {
  const record = hop(k), parent = hop(k - 1);
  const pth = memberOf(record, PTH);
  if (length(pth) != 43 || memory.compare(start(pth), parent + HASH_TEXT, 43) != 0) return fail(PTH, PARENT_HASH_MISMATCH);
  const actor = actorOf(k - 1);
  if (actor == 0 || kind(actor) != STRING) {
    failedHop = k - 1;
    return fail(ACT, CLAIM_TYPE);
  }
  if (!sameText(memberOf(record, ISS), actor)) return fail(ISS, DELEGATOR_MISMATCH);
  if (!isUri(memberOf(record, SUB))) return fail(SUB, DELEGATE_NOT_URI);

  if (load<i64>(record, EXPIRES) > load<i64>(parent, EXPIRES)) return fail(EXP, EXPIRY_WIDENED);
  if (memberOf(record, NBF) == 0) store<i64>(record, load<i64>(parent, NOT_BEFORE), NOT_BEFORE);
  else if (load<i64>(record, NOT_BEFORE) < load<i64>(parent, NOT_BEFORE)) return fail(NBF, NOT_BEFORE_WIDENED);
  if (!textsWithin(memberOf(record, AUD), memberOf(parent, AUD))) return fail(AUD, AUDIENCE_WIDENED);
  const narrowed = scopeWithin(
    load<u32>(record, SCOPE_START), load<u32>(record, SCOPE_LENGTH),
    load<u32>(parent, SCOPE_START), load<u32>(parent, SCOPE_LENGTH),
  );
  if (!narrowed) return fail(SCOPE, SCOPE_WIDENED);
  if (!detailsWithin(memberOf(record, AUTHORIZATION_DETAILS), memberOf(parent, AUTHORIZATION_DETAILS))) {
    return fail(AUTHORIZATION_DETAILS, DETAILS_WIDENED);
  }
  if (!inherits(record, parent, TXN)) return fail(TXN, TASK_CHANGED);
  if (!inherits(record, parent, TCTX)) return fail(TCTX, TASK_CONTEXT_CHANGED);
  return checkDepth(record, parent);
}

/** Introduced once, then absent or equal: an absent member takes the parent's node, so the leaf knows it. */
function inherits(record: usize, parent: usize, name: u32): bool {
  const own = memberOf(record, name), above = memberOf(parent, name);
  if (own != 0) return above == 0 || deepEqual(own, above);
  setMember(record, name, above);
  return true;
}

function checkDepth(record: usize, parent: usize): u32 {
  const left = load<u32>(parent, HOPS_LEFT), claim = memberOf(record, MAX_HOPS_CLAIM);
  if (left == 0) return fail(MAX_HOPS_CLAIM, DEPTH_EXCEEDED);
  if (claim != 0 && integer(claim) >= <i64>left) return fail(MAX_HOPS_CLAIM, DEPTH_EXCEEDED);
  store<u32>(record, claim != 0 ? <u32>integer(claim) : left - 1, HOPS_LEFT);
  return OK;
}

/** A scheme, a colon and something after it, in URI characters (RFC 3986, sections 2 and 3.1). */
function isUri(node: u32): bool {
  const from = start(node), size = length(node);
  let scheme = true;
  for (let i: usize = 0; i < size; i++) {
    const c = <u32>load<u8>(from + i), letter = c | 0x20;
    const isLetter = letter >= 0x61 && letter <= 0x7a;
    if (!scheme) {
      // Printable ASCII but for " < > \ ^ ` { | }
      if (c <= 0x20 || c >= 0x7f || c == 0x22 || c == 0x3c || c == 0x3e || c == 0x5c || c == 0x5e || c == 0x60) return false;
      if (c >= 0x7b && c <= 0x7d) return false;
    } else if (c == 0x3a) {
      if (i == 0 || i + 1 == size) return false;
      scheme = false;
    } else if (!isLetter) {
      const later = (c >= 0x30 && c <= 0x39) || c == 0x2b || c == 0x2d || c == 0x2e;
      if (i == 0 || !later) return false;
    }
  }
  return !scheme;
}

/** Whether `aud` names one of the audiences that the host wrote to AUDIENCES (u16 size, bytes, ...; ended by 0). */
function namesAudience(aud: u32): bool {
  for (let at = AUDIENCES; load<u16>(at) != 0; at += 2 + <usize>load<u16>(at)) {
    if (kind(aud) == ARRAY) {
      for (let node = aud + 1; node < after(aud); node = after(node)) {
        if (isBytes(node, at + 2, load<u16>(at))) return true;
      }
    } else if (isBytes(aud, at + 2, load<u16>(at))) return true;
  }
  return false;
}

function isBytes(node: u32, from: usize, size: u32): bool {
  return length(node) == size && memory.compare(start(node), from, size) == 0;
}
