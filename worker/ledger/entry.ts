/** The chain of hashes over a ledger's entries: how to make and to verify it. Pure. */
import { toBase64url } from "../../wasm/core.ts";

export interface LedgerEntry {
  /** 1, 2, 3, ... */
  readonly seq: number;
  /** Hash of the entry before; `GENESIS` for the first. */
  readonly prev: string;
  /** base64url(SHA-256(prev "\n" seq "\n" record)). */
  readonly hash: string;
  /** An AuditRecord as JSON text. The hash covers this text, so it is never serialized again. */
  readonly record: string;
}

export const GENESIS = "hopgate-ledger-v1";

export function hashEntry(
  { seq, prev, record }: Pick<LedgerEntry, "seq" | "prev" | "record">,
  sha256: (bytes: Uint8Array) => Uint8Array,
): string {
  return toBase64url(sha256(new TextEncoder().encode(`${prev}\n${seq}\n${record}`)));
}

/**
 * The first entry that does not match the one before, or undefined if the chain is whole. If old entries have been
 * removed (retention.ts), the chain begins with the previous hash that the first remaining entry contains.
 */
export function findBreak(
  entries: readonly LedgerEntry[],
  sha256: (bytes: Uint8Array) => Uint8Array,
): LedgerEntry | undefined {
  const first = entries[0]?.seq ?? 1;
  return entries.find((entry, index) => {
    const prev = entries[index - 1]?.hash ?? (first === 1 ? GENESIS : entry.prev);
    return entry.seq !== first + index || entry.prev !== prev || entry.hash !== hashEntry(entry, sha256);
  });
}
