/**
 * The delegate's own Workload Identity Token (draft-ietf-wimse-workload-creds, section 3.1), which the header of the hop
 * that names the delegate may carry: read as strictly as a hop. Its signature is left to the host, which knows the trust
 * domains.
 */
import { decodeBase64url } from "./base64url";
import { algorithmOf, readClaims, readHeader } from "./claims";
import { isSameKey } from "./confirmation";
import { fail } from "./failure";
import {
  EXPIRES, KEY_ED25519, KEY_KIND, KEY_P256, memberOf, NOT_BEFORE, WIT_DISPUTED, WIT_EXPIRES, WIT_NOT_BEFORE,
} from "./hop";
import { kind, length, member, nextNode, OBJECT, parse, sameText, start, STRING, textIs } from "./json";
import { ARGUMENTS, WITS } from "./memory";
import { CNF, EXP, NBF, NO_NAME, ROLE_WIT, SUB, WIT } from "./names";
import { findSegments, firstDot, secondDot } from "./structure";
import { EDDSA, ES256, ES384, PS256, RS256 } from "./trust";
import { OK, WIT_MALFORMED, WIT_MISMATCH } from "./verdict";

const MAX_WIT: u32 = 4096;

/** The record of the token that is being read. */
const TOKEN = ARGUMENTS + 0xe00;

/** What the tokens of this chain decode to ends here. */
let decodedEnd: usize = WITS;

/** Forgets the tokens of the chain before. */
export function startWits(): void {
  decodedEnd = WITS;
}

/** Allow-list: the token's form. Its differences from the hop are stored for `checkWit`. */
export function readWit(record: usize): u32 {
  const wit = memberOf(record, WIT);
  store<u32>(record, NO_NAME, WIT_DISPUTED);
  store<i64>(record, load<i64>(record, EXPIRES), WIT_EXPIRES);
  store<i64>(record, 0, WIT_NOT_BEFORE);
  if (wit == 0) return OK;
  if (!isToken(wit)) return fail(WIT, WIT_MALFORMED);
  store<u32>(record, disputed(record), WIT_DISPUTED);
  store<i64>(record, load<i64>(TOKEN, EXPIRES), WIT_EXPIRES);
  store<i64>(record, load<i64>(TOKEN, NOT_BEFORE), WIT_NOT_BEFORE);
  return OK;
}

function isToken(wit: u32): bool {
  const end = start(wit) + length(wit);
  if (length(wit) > MAX_WIT || !findSegments(start(wit), end)) return false;
  const header = readObject(start(wit), firstDot);
  if (header == 0 || readHeader(TOKEN, ROLE_WIT, false, header) != OK) return false;
  const claims = readObject(firstDot + 1, secondDot);
  if (claims == 0 || readClaims(TOKEN, ROLE_WIT, claims) != OK || !isKeyComplete()) return false;
  return decodeBase64url(decodedEnd, secondDot + 1, <u32>(end - secondDot - 1)) > 0;
}

/** The node of a segment's object, or 0. */
function readObject(from: usize, end: usize): u32 {
  const size = decodeBase64url(decodedEnd, from, <u32>(end - from)), node = nextNode();
  if (size < 0 || parse(decodedEnd, size) != OK || kind(node) != OBJECT) return 0;
  decodedEnd += size;
  return node;
}

/** `cnf.jwk` with the algorithm of its proofs, which the draft requires. */
function isKeyComplete(): bool {
  const jwk = keyOf(TOKEN), keyKind = load<u32>(TOKEN, KEY_KIND);
  if (jwk == 0) return false;
  const alg = member(jwk, "alg");
  if (alg == 0 || kind(alg) != STRING) return false;
  const algorithm = algorithmOf(alg);
  if (keyKind == KEY_ED25519) return algorithm == EDDSA;
  if (keyKind == KEY_P256) return algorithm == ES256;
  return textIs(member(jwk, "kty"), "EC") ? algorithm == ES384 : algorithm == RS256 || algorithm == PS256;
}

function keyOf(record: usize): u32 {
  const cnf = memberOf(record, CNF);
  return cnf == 0 ? 0 : member(cnf, "jwk");
}

/** The claim in which hop and token differ, if there is one. */
function disputed(record: usize): u32 {
  if (!sameText(memberOf(TOKEN, SUB), memberOf(record, SUB))) return SUB;
  const jwk = keyOf(record);
  return jwk != 0 && isSameKey(jwk, keyOf(TOKEN)) ? NO_NAME : CNF;
}

/** Meaning: the token is for this delegate and this key, and valid now. */
export function checkWit(record: usize, now: i64, skew: i64): u32 {
  if (memberOf(record, WIT) == 0) return OK;
  const claim = load<u32>(record, WIT_DISPUTED);
  if (claim != NO_NAME) return fail(claim, WIT_MISMATCH);
  if (load<i64>(record, WIT_EXPIRES) <= now) return fail(EXP, WIT_MISMATCH);
  return load<i64>(record, WIT_NOT_BEFORE) > now + skew ? fail(NBF, WIT_MISMATCH) : OK;
}
