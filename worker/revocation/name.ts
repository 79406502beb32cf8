/**
 * Names of revocations, by kind: one schema for the administration, the console and the command line. A name without
 * any effect is an error, because the caller would think that something has ended. Pure.
 */
import * as v from "valibot";
import { workloadParty } from "../chain/party.ts";
import { keysToRevoke } from "../chain/revocation.ts";

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(1024));
const hash = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/, "must be base64url of a SHA-256: 43 characters"));

/** Fields in the order of the command line. */
const SCHEMAS = {
  issuer: v.strictObject({ kind: v.literal("issuer"), issuer: text }),
  subject: v.strictObject({ kind: v.literal("subject"), issuer: text, sub: text }),
  session: v.strictObject({ kind: v.literal("session"), issuer: text, sid: text }),
  /** By its identity from the ledger: two introducers may give their tasks the same `txn`. */
  task: v.strictObject({ kind: v.literal("task"), task: hash }),
  /** Without an authority: the one in the name, else the gateway's registry. */
  actor: v.strictObject({ kind: v.literal("actor"), authority: v.optional(text), name: text }),
  /** Without an issuer: a client that is registered here. */
  client: v.strictObject({ kind: v.literal("client"), issuer: v.optional(text), client_id: text }),
  token: v.strictObject({ kind: v.literal("token"), issuer: text, jti: text }),
  hop: v.strictObject({ kind: v.literal("hop"), hash }),
} as const;

const Name = v.variant("kind", Object.values(SCHEMAS));
export type RevocationName = v.InferOutput<typeof Name>;
export type RevocationKind = RevocationName["kind"];

export const REVOCATION_KINDS = Object.keys(SCHEMAS) as RevocationKind[];

/** A field of a kind's name. */
export interface Field {
  readonly field: string;
  readonly optional: boolean;
}

export function fieldsOf(kind: RevocationKind): readonly Field[] {
  return Object.entries(SCHEMAS[kind].entries)
    .filter(([field]) => field !== "kind")
    .map(([field, schema]) => ({ field, optional: schema.type === "optional" }));
}

/** A field, and what is wrong with it. */
export interface FieldProblem {
  readonly field: string;
  readonly problem: string;
}

/** The message names each field and what is wrong with it. */
export class RevocationRefused extends Error {
  override readonly name = "RevocationRefused";
  readonly problems: readonly FieldProblem[];

  constructor(message: string, problems: readonly FieldProblem[] = []) {
    super(message);
    this.problems = problems;
  }
}

export function refusedFor(problems: readonly FieldProblem[]): RevocationRefused {
  return new RevocationRefused(problems.map(textOf).join("; "), problems);
}

export function textOf({ field, problem }: FieldProblem): string {
  return `\`${field}\`: ${problem}`;
}

/** Checks only the form; `requireKnown` checks whether it can have an effect. @throws RevocationRefused */
export function readRevocationName(input: unknown): RevocationName {
  const result = v.safeParse(Name, input);
  if (!result.success) {
    throw refusedFor(result.issues.map((issue) => ({ field: v.getDotPath(issue) ?? "kind", problem: issue.message })));
  }
  return result.output;
}

/**
 * The keys to revoke for a name.
 *
 * @param gateway its id, the authority of registered names
 */
export function keysNamed(name: RevocationName, gateway: string, sha256: (bytes: Uint8Array) => Uint8Array): string[] {
  return keysToRevoke(name.kind, valuesOf(name, gateway), sha256);
}

function valuesOf(name: RevocationName, gateway: string): string[] {
  switch (name.kind) {
    case "issuer":
      return [name.issuer];
    case "subject":
      return [name.issuer, name.sub];
    case "session":
      return [name.issuer, name.sid];
    case "task":
      return [name.task];
    case "actor":
      return [name.authority ?? workloadParty(name.name, gateway).iss, name.name];
    case "client":
      return [name.issuer ?? gateway, name.client_id];
    case "token":
      return [name.issuer, name.jti];
    case "hop":
      return [name.hash];
  }
}
