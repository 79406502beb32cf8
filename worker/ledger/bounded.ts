/**
 * Records as text of a bounded size, so that ledger, index, queues and archive accept all of them. A record that does
 * not fit is cut, says so, and has the hash of the whole. Pure.
 */
import { toBase64url } from "../../wasm/core.ts";
import type { ActRecord, AuditRecord } from "./record.ts";

/** Most bytes of a record, so that it fits into a message of a queue (128 KB) quoted again, with task and hashes. */
const MOST = 100_000;
/** Most bytes of a string in a record that is cut. */
const MOST_OF_TEXT = 1_024;

type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** The record before it was cut. */
export interface Whole {
  /** Of its JSON text. */
  readonly bytes: number;
  /** base64url(SHA-256) of its JSON text. */
  readonly sha256: string;
}

const utf8 = new TextEncoder();

/** Bytes of a value as JSON. */
export function jsonBytes(value: unknown): number {
  return utf8.encode(JSON.stringify(value)).length;
}

/** The record as JSON text; `whole` if it was cut. */
export function recordText(
  record: AuditRecord | ActRecord,
  sha256: Sha256,
): { readonly text: string; readonly whole: Whole | undefined } {
  const text = JSON.stringify(record);
  if (fits(text)) return { text, whole: undefined };
  const bytes = utf8.encode(text);
  const whole = { bytes: bytes.length, sha256: toBase64url(sha256(bytes)) };
  const cut = [shorten(record), shorten(withoutQuestion(record)), head(record)]
    .map((smaller) => JSON.stringify({ ...(smaller as object), whole }))
    .find(fits);
  return { text: cut as string, whole };
}

function fits(text: string): boolean {
  // No character takes more than three bytes in a quoted string.
  return text.length * 3 <= MOST || jsonBytes(text) <= MOST;
}

/** Every string in a value, cut to `MOST_OF_TEXT` bytes. */
function shorten(value: unknown): unknown {
  if (typeof value === "string") return shortText(value);
  if (Array.isArray(value)) return value.map(shorten);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [shortText(name), shorten(each)]));
}

function shortText(text: string): string {
  const room = new Uint8Array(MOST_OF_TEXT);
  const { read, written } = utf8.encodeInto(text, room);
  return read === text.length ? text : `${new TextDecoder().decode(room.subarray(0, written))}…`;
}

/** Without the question to the policies and the hops, which are most of a record. */
function withoutQuestion(record: AuditRecord | ActRecord): unknown {
  if ("act" in record) return { ...record, about: {} };
  const { chain, decision, token: _, ...rest } = record;
  return {
    ...rest,
    ...(chain && { chain: { ...chain, hops: [] } }),
    ...(decision && {
      decision: {
        ...decision,
        question: { request: { ...decision.question.request, context: {} }, entities: [] },
      },
    }),
  };
}

/** What every record has, and whose it is, without anything that others can make long. */
function head(record: AuditRecord | ActRecord): unknown {
  const { id, time } = record;
  if ("act" in record) return shorten({ id, time, act: record.act, by: record.by, about: {} });
  const { outcome, rule, status, chain } = record;
  const { task, txn, introducer, hash, subject, proof } = chain ?? {};
  return shorten({
    id,
    time,
    outcome,
    rule,
    status,
    chain: chain && { task, txn, introducer, hash, subject, actors: [], proof, hops: [] },
  });
}
