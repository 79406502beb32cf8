/**
 * Random secrets that represent a person's session or token, in a cookie or a bearer header. The gateway stores only
 * their hashes.
 */
import { base64url } from "jose";
import type { SecretKind, Sessions } from "./sessions.ts";

export interface SecretEdges {
  readonly sessions: {
    put(...args: Parameters<Sessions["put"]>): Promise<void>;
    read(...args: Parameters<Sessions["read"]>): Promise<string | undefined>;
    take(...args: Parameters<Sessions["take"]>): Promise<string | undefined>;
  };
  sha256(bytes: Uint8Array): Uint8Array;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Makes a secret that represents a value for some seconds. @returns the secret: 256 random bits */
export async function makeSecret(
  kind: SecretKind,
  value: object,
  seconds: number,
  edges: SecretEdges,
): Promise<string> {
  const secret = base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
  const expires = Math.floor(edges.now() / 1000) + seconds;
  await edges.sessions.put(kind, hashOf(secret, edges), JSON.stringify(value), expires);
  return secret;
}

/** What a secret represents; undefined if it is unknown or has expired. */
export async function readSecret(kind: SecretKind, secret: string, edges: SecretEdges): Promise<unknown> {
  return parse(await edges.sessions.read(kind, hashOf(secret, edges)));
}

/** The same, for single use. */
export async function takeSecret(kind: SecretKind, secret: string, edges: SecretEdges): Promise<unknown> {
  return parse(await edges.sessions.take(kind, hashOf(secret, edges)));
}

function parse(value: string | undefined): unknown {
  return value === undefined ? undefined : JSON.parse(value);
}

function hashOf(secret: string, { sha256 }: SecretEdges): string {
  return base64url.encode(sha256(new TextEncoder().encode(secret)));
}
