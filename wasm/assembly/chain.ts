/**
 * `verifyChain`: the rules of docs/chain.md over a whole chain, in one call. The phases run over all hops one
 * after the other - structure, allow-lists, signatures, meaning - so that no claim is compared before the core has
 * checked every signature that it can.
 */
import { readClaims, readHeader } from "./claims";
import { atHop, fail, startFailures } from "./failure";
import { CLAIMS_NODE, HEADER_NODE, hop, JWS_END, JWS_START, memberOf, VERIFIER } from "./hop";
import { checkMeaning, namesAudience } from "./meaning";
import { CHAIN, CHAIN_BYTES, MAX_HOPS } from "./memory";
import { AUD, ROLE_HOP, ROLE_ROOT } from "./names";
import { forgetOutcome } from "./proof";
import { find } from "./scan";
import { verifySignatures } from "./signatures";
import { readStructure, startStructure } from "./structure";
import { AUDIENCE_MISMATCH, CHAIN_EMPTY, CHAIN_TOO_LONG, CHAIN_TOO_MANY_HOPS, OK } from "./verdict";
import { readWit, startWits } from "./wit";

export let hopCount: u32 = 0;

/**
 * Verifies the `size` bytes at CHAIN.
 *
 * @param now seconds since the epoch
 * @param skew seconds that `iat` and `nbf` may be ahead of `now`; none for `exp`
 * @param defer leaves signatures by Ed25519 keys without a table to the host, once their encodings are checked
 * @param proven whether a proof is stored (proof.ts), whose signature is checked after those of the hops
 * @returns 0 or a verdict code; `failedHop` and `failedMember` say where. After 0, hops whose VERIFIER is BY_HOST
 *   still need their signature checked.
 */
export function verifyChain(size: u32, maxBytes: u32, maxHops: u32, now: f64, skew: u32, defer: bool, proven: bool): u32 {
  startFailures();
  forgetOutcome();
  hopCount = 0;
  if (size == 0) return CHAIN_EMPTY;
  if (size > min(maxBytes, CHAIN_BYTES)) return CHAIN_TOO_LONG;

  let verdict = split(size, min(maxHops, MAX_HOPS));
  startStructure(hopCount);
  startWits();
  for (let k: u32 = 0; verdict == OK && k < hopCount; k++) verdict = readStructure(k);
  for (let k: u32 = 0; verdict == OK && k < hopCount; k++) verdict = readAllowed(k);
  if (verdict == OK) verdict = verifySignatures(hopCount, <i64>now, defer, proven);
  for (let k: u32 = 0; verdict == OK && k < hopCount; k++) verdict = checkMeaning(k, maxHops, <i64>now, skew);
  if (verdict == OK && !namesAudience(memberOf(hop(hopCount - 1), AUD))) verdict = fail(AUD, AUDIENCE_MISMATCH);
  return verdict;
}

/** Finds the hops between the tildes. */
function split(size: u32, maxHops: u32): u32 {
  const end = CHAIN + size;
  for (let from = CHAIN; from <= end; ) {
    const at = find(0x7e, from, end);
    atHop(hopCount);
    if (hopCount == maxHops) return CHAIN_TOO_MANY_HOPS;
    const record = hop(hopCount++);
    store<u32>(record, 0, VERIFIER);
    store<u32>(record, <u32>from, JWS_START);
    store<u32>(record, <u32>at, JWS_END);
    from = at + 1;
  }
  return OK;
}

/** Allow-lists: what the header may say, the form of every claim, and of the delegate's identity token. */
function readAllowed(k: u32): u32 {
  atHop(k);
  const record = hop(k);
  const role = k == 0 ? ROLE_ROOT : ROLE_HOP;
  // Only hop 1 may contain a key, and only if hop 0 names it by thumbprint, which signatures.ts checks.
  let verdict = readHeader(record, role, k == 1, load<u32>(record, HEADER_NODE));
  if (verdict == OK) verdict = readClaims(record, role, load<u32>(record, CLAIMS_NODE));
  return verdict == OK ? readWit(record) : verdict;
}
