/** Signatures of a chain: the key that must have signed each hop, and whether it did. */
import { encodeDigest } from "./base64url";
import { typeBit } from "./claims";
import { computeThumbprint, readKey } from "./confirmation";
import {
  areEncodingsSound, combine, finishDigest, PUBLIC_KEY, settle, SIGNATURE, startDigest, startSignatures,
} from "./ed25519";
import { atHop, fail } from "./failure";
import {
  ALGORITHM, BY_CORE, BY_HOST, BY_MEMORY, HASH, HASH_TEXT, hop, ISSUER_INDEX, JWS_END, JWS_START, KEY, KEY_ED25519,
  KEY_INDEX, KEY_KIND, KEY_P256, KEY_THUMBPRINT, memberOf, NAME, SCOPE_LENGTH, SCOPE_START, SIGNATURE_END, SIGNATURE_START,
  SIGNED_END, SIGNER, THUMBPRINT, THUMBPRINT_BYTES, VERIFIER,
} from "./hop";
import { length, start } from "./json";
import { keyTable } from "./keys";
import { ARGUMENTS } from "./memory";
import { ISS, JWK, KID, NO_NAME, SCOPE, SUB, TYP } from "./names";
import { collectProof, settleProof } from "./proof";
import { sha256Both } from "./sha256";
import { digestOf, hashLanes, hashPrefixes, setLane } from "./sha256x4";
import { sha512Update } from "./sha512";
import {
  acceptedTypes, defaultScope, defaultScopeBytes, EDDSA, ES256, findDomain, findIssuer, findKey, foundAlgorithm, foundIndex,
  foundKey,
} from "./trust";
import {
  ALG_MISMATCH, ISSUER_UNKNOWN, KEY_UNKNOWN, OK, PARAMETER_FORBIDDEN, PARENT_KEY_MISSING, SIGNATURE_INVALID,
  SIGNATURE_MALFORMED, THUMBPRINT_MISMATCH, TYP_NOT_ACCEPTED,
} from "./verdict";
import { isVerified } from "./verified";

/** The thumbprint that a root names, while the key that hop 1 brings is measured. */
const NAMED: usize = ARGUMENTS + 0xd00;

/** Of the current call: seconds since the epoch, and whether keys without a table are left to the host. */
let clock: i64 = 0;
let deferUnknown: bool = false;

/**
 * Hashes all hops, with and without their signatures, four at a time; a single remaining one with the plain function.
 */
function hashHops(hops: u32): void {
  for (let first: u32 = 0; first < hops; first += 4) {
    const lanes = min(hops - first, 4), record = hop(first);
    if (lanes == 1) sha256Both(record + HASH, record + NAME, jwsOf(first), jwsBytes(first), signedBytes(first));
    else {
      for (let k = first; k < first + lanes; k++) setLane(k - first, jwsOf(k), jwsBytes(k), signedBytes(k));
      hashLanes(lanes);
      for (let k = first; k < first + lanes; k++) digestOf(k - first, hop(k) + HASH);
      hashPrefixes(lanes);
      for (let k = first; k < first + lanes; k++) digestOf(k - first, hop(k) + NAME);
    }
  }
  for (let k: u32 = 0; k + 1 < hops; k++) encodeDigest(hop(k) + HASH_TEXT, hop(k) + HASH);
}

function jwsOf(k: u32): usize {
  return load<u32>(hop(k), JWS_START);
}
function jwsBytes(k: u32): usize {
  return load<u32>(hop(k), JWS_END) - load<u32>(hop(k), JWS_START);
}
function signedBytes(k: u32): usize {
  return load<u32>(hop(k), SIGNED_END) - load<u32>(hop(k), JWS_START);
}

/**
 * Collects the signatures of the hops, and of the stored proof if there is one, and compares them all at once. A
 * signature that does not verify is reported before any other rule of a later hop.
 */
export function verifySignatures(hops: u32, now: i64, defer: bool, proven: bool): u32 {
  clock = now;
  deferUnknown = defer;
  hashHops(hops);
  startSignatures();
  let verdict: u32 = OK, collected: u32 = 0;
  for (let k: u32 = 0; verdict == OK && k < hops; k++) {
    atHop(k);
    verdict = k == 0 ? verifyRoot() : verifyHop(k);
  }
  if (verdict == OK && proven) collectProof(defer);
  const refused = settle();
  for (let k: u32 = 0; k < hops && collected <= refused; k++) {
    if (load<u32>(hop(k), VERIFIER) != BY_CORE) continue;
    if (collected++ != refused) continue;
    atHop(k);
    return fail(NO_NAME, SIGNATURE_INVALID);
  }
  settleProof(refused > collected);
  return verdict;
}

/** Hop 0: a trusted issuer, a `typ` that it may use, a key of its own. The key fixes the algorithm. */
function verifyRoot(): u32 {
  const record = hop(0);
  const iss = memberOf(record, ISS);
  const issuer = iss != 0 ? findIssuer(iss) : findDomain(memberOf(record, SUB));
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

/** Uses the key in hop 1 for hop 0, if its thumbprint is the one that hop 0 names. */
function adoptKey(parent: usize, jwk: u32): u32 {
  memory.copy(NAMED, parent + THUMBPRINT, THUMBPRINT_BYTES);
  if (!readKey(parent, jwk)) return fail(JWK, PARENT_KEY_MISSING);
  const keyKind = load<u32>(parent, KEY_KIND);
  if (keyKind != KEY_ED25519 && keyKind != KEY_P256) return fail(JWK, PARENT_KEY_MISSING);
  computeThumbprint(parent);
  return memory.compare(NAMED, parent + THUMBPRINT, THUMBPRINT_BYTES) == 0
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
