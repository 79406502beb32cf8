/**
 * How what is revoked is named, by kind: one schema for the administration, the console and the command line. A name that can
 * have no effect is an error: whoever revokes must not believe that something ended which did not. Pure.
 */
import * as v from "valibot";
import { keysToRevoke } from "../chain/revocation.ts";

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(1024));
const hash = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/, "must be base64url of a SHA-256"));

/** Fields in the order in which the command line takes them. */
const SCHEMAS = {
  issuer: v.strictObject({ kind: v.literal("issuer"), issuer: text }),
  subject: v.strictObject({ kind: v.literal("subject"), issuer: text, sub: text }),
  session: v.strictObject({ kind: v.literal("session"), issuer: text, sid: text }),
  txn: v.strictObject({ kind: v.literal("txn"), task: text }),
  actor: v.strictObject({ kind: v.literal("actor"), name: text }),
  client: v.strictObject({ kind: v.literal("client"), client_id: text }),
  token: v.strictObject({ kind: v.literal("token"), issuer: text, jti: text }),
  hop: v.strictObject({ kind: v.literal("hop"), hash }),
} as const;

const Name = v.variant("kind", Object.values(SCHEMAS));
export type RevocationName = v.InferOutput<typeof Name>;
export type RevocationKind = RevocationName["kind"];

export const REVOCATION_KINDS = Object.keys(SCHEMAS) as RevocationKind[];

/** The fields by which a kind is named. */
export function fieldsOf(kind: RevocationKind): readonly string[] {
  return Object.keys(SCHEMAS[kind].entries).filter((field) => field !== "kind");
}

/** The message names each field and what is wrong with it. */
export class RevocationRefused extends Error {
  override readonly name = "RevocationRefused";
}

/**
 * @param issuers whose tokens this gateway takes; undefined where they are not known
 * @throws RevocationRefused
 */
export function readRevocationName(input: unknown, issuers?: readonly string[]): RevocationName {
  const result = v.safeParse(Name, input);
  if (!result.success) {
    const problems = result.issues.map((issue) => `\`${v.getDotPath(issue) ?? "kind"}\`: ${issue.message}`);
    throw new RevocationRefused(problems.join("; "));
  }
  const name = result.output;
  if (issuers !== undefined && "issuer" in name && !issuers.includes(name.issuer))
    throw new RevocationRefused("`issuer`: is none whose tokens this gateway takes");
  return name;
}

/** The keys to revoke for what is named. */
export function keysNamed(name: RevocationName, sha256: (bytes: Uint8Array) => Uint8Array): string[] {
  const fields: Readonly<Record<string, string>> = name;
  const values = fieldsOf(name.kind).map((field) => fields[field] as string);
  return keysToRevoke(name.kind, values, sha256);
}
