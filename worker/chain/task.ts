/**
 * What a task is: who introduced it and the `txn` that they gave it. Two tasks with one `txn` from two introducers have
 * nothing in common, so knowing a `txn` does not let anyone write into, fill up or end the task. Pure.
 */

import { type ChainHop, toBase64url } from "../../wasm/core.ts";
import { HopError } from "../errors.ts";
import type { Party } from "./party.ts";
import { rootParty } from "./root.ts";
import type { Actor, Root, Task } from "./types.ts";

type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** Prefixes that only the gateway uses: for tasks without a name, and for its own ledgers. */
const RESERVED = /^(root|gateway):/;

/** Whether a task's name is reserved for the gateway. */
export function isReserved(txn: string): boolean {
  return RESERVED.test(txn);
}

/** base64url(SHA-256) of introducer and `txn`: the name of the task's ledger, and of its revocation. */
export function taskId(txn: string, by: Party, sha256: Sha256): string {
  return toBase64url(sha256(new TextEncoder().encode(JSON.stringify(["task", by.iss, by.sub, txn]))));
}

/**
 * A chain that names no task gets one named after its root, shared by all work under that root. A task that a later hop
 * introduces ends with it too.
 *
 * @param actors origin first
 * @throws HopError `txn_reserved`
 */
export function taskOf(
  hops: readonly [ChainHop, ...ChainHop[]],
  root: Root,
  actors: readonly Actor[],
  sha256: Sha256,
): Task {
  const { own, claims } = root;
  const began = own?.began ?? (typeof claims["iat"] === "number" ? claims["iat"] : 0);
  const made = (txn: string, by: Party, within?: Task): Task => ({
    id: taskId(txn, by, sha256),
    txn,
    by,
    within: within?.id,
    began,
  });
  const named = hops.findIndex(({ claims: each }) => each["txn"] !== undefined);
  const unnamed = (): Task => made(`root:${hops[0].name}`, rootParty(root));
  if (named < 0) return unnamed();
  const txn = hops[named]?.claims["txn"] as string;
  if (named === 0 && own !== undefined) return made(txn, own.introducer);
  if (isReserved(txn)) throw new HopError("txn_reserved", { hop: named, member: "txn" });
  // The delegator of hop k is the actor before the one that hop k names.
  if (named === 0) return made(txn, rootParty(root));
  return made(txn, actors[actors.length - hops.length + named - 1] as Actor, unnamed());
}
