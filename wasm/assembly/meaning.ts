/**
 * Meaning of a chain whose signatures are verified: time, and what ties each hop to its parent (in the order of
 * docs/chain.md).
 */
import { isChildOf } from "./child";
import { atHop, fail } from "./failure";
import {
  EXPIRES, HASH_TEXT, hop, HOPS_LEFT, IS_CHILD, ISSUED, memberOf, NOT_BEFORE, SCOPE_LENGTH, SCOPE_START, setMember,
} from "./hop";
import { after, ARRAY, deepEqual, integer, kind, length, member, sameText, start } from "./json";
import { AUDIENCES } from "./memory";
import {
  ACT, AUD, AUTHORIZATION_DETAILS, AZP, CLIENT_ID, EXP, IAT, ISS, MAX_HOPS_CLAIM, NBF, PTH, SCOPE, SUB, TCTX, TXN,
} from "./names";
import { detailsWithin, scopeWithin, textsWithin } from "./narrowing";
import {
  AUDIENCE_WIDENED, DELEGATE_NOT_URI, DELEGATOR_MISMATCH, DEPTH_EXCEEDED, DETAILS_WIDENED, EXPIRED,
  EXPIRY_WIDENED, ISSUED_IN_FUTURE, LIFETIME_EMPTY, NOT_BEFORE_WIDENED, NOT_YET_VALID, OK, PARENT_HASH_MISMATCH,
  SCOPE_WIDENED, TASK_CHANGED, TASK_CONTEXT_CHANGED,
} from "./verdict";
import { isUri } from "./uri";
import { checkWit } from "./wit";

export function checkMeaning(k: u32, maxHops: u32, now: i64, skew: i64): u32 {
  atHop(k);
  const verdict = checkTime(hop(k), now, skew);
  if (verdict != OK) return verdict;
  return k == 0 ? checkRoot(maxHops) : checkHop(k, now, skew);
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
  store<u32>(record, 0, IS_CHILD);
  store<u32>(record, claim != 0 ? <u32>integer(claim) : maxHops - 1, HOPS_LEFT);
  return OK;
}

/** The actor of hop k - 1: for the root its `act.sub`, else its client, else its subject. */
function actorOf(k: u32): u32 {
  const record = hop(k);
  if (k > 0) return memberOf(record, SUB);
  const act = memberOf(record, ACT);
  if (act != 0) return member(act, "sub");
  const client = memberOf(record, CLIENT_ID), azp = memberOf(record, AZP);
  return client != 0 ? client : azp != 0 ? azp : memberOf(record, SUB);
}

/** Hop k against its parent, in the order of the table of docs/chain.md. */
function checkHop(k: u32, now: i64, skew: i64): u32 {
  const record = hop(k), parent = hop(k - 1);
  const pth = memberOf(record, PTH);
  if (length(pth) != 43 || memory.compare(start(pth), parent + HASH_TEXT, 43) != 0) return fail(PTH, PARENT_HASH_MISMATCH);
  const delegator = memberOf(record, ISS), delegate = memberOf(record, SUB);
  if (!sameText(delegator, actorOf(k - 1))) return fail(ISS, DELEGATOR_MISMATCH);
  if (!isUri(delegate)) return fail(SUB, DELEGATE_NOT_URI);
  store<u32>(record, isChildOf(delegate, delegator) ? 1 : 0, IS_CHILD);
  const verdict = checkWit(record, now, skew);
  if (verdict != OK) return verdict;

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

/** Whether `aud` names one of the audiences that the host wrote to AUDIENCES (u16 size, bytes, ...; ended by 0). */
export function namesAudience(aud: u32): bool {
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
