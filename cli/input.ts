/** Input of commands: chains, keys, scopes, the admin token. Errors name the file, never its content. */
import { readFile } from "node:fs/promises";
import { text as readStream } from "node:stream/consumers";
import { InvalidArgumentError } from "commander";
import { calculateJwkThumbprint, type JWK } from "jose";
import * as v from "valibot";
import { PUBLISHER_KEY_FILE } from "../local/secrets.ts";
import type { HolderKey, HolderPublicKey, PrivateKey } from "../sdk/keys.ts";
import { PRIVATE_MEMBERS } from "../worker/config.ts";

/** The text itself, `@FILE`, or `-` for standard input. @param what it is, for the error */
export async function readInput(argument: string, what: string): Promise<string> {
  const text =
    argument === "-"
      ? await readStream(process.stdin)
      : argument.startsWith("@")
        ? await readText(argument.slice(1))
        : argument;
  if (text.trim() === "") throw new Error(`the ${what} is empty`);
  return text.trim();
}

/** @throws Error that names the file, never its content */
export async function readText(file: string): Promise<string> {
  return (await readBytes(file)).toString("utf8");
}

/** @throws Error that names the file */
export async function readBytes(file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`cannot read \`${file}\`: ${error.code}`);
  });
}

const Ed25519 = v.object({
  kty: v.literal("OKP"),
  crv: v.literal("Ed25519"),
  x: v.string(),
  kid: v.optional(v.string()),
});
const P256 = v.object({
  kty: v.literal("EC"),
  crv: v.literal("P-256"),
  x: v.string(),
  y: v.string(),
  kid: v.optional(v.string()),
});
const Public = v.variant("kty", [Ed25519, P256]);
const Private = v.variant("kty", [
  v.object({ ...Ed25519.entries, d: v.string() }),
  v.object({ ...P256.entries, d: v.string() }),
]);

export async function readPrivateKey(file: string): Promise<HolderKey> {
  return (await readKey(file, Private, "a private JWK, Ed25519 or P-256 (hopgate key new)")) as HolderKey;
}

export async function readPublicKey(file: string): Promise<HolderPublicKey> {
  return (await readKey(file, Public, "a JWK, Ed25519 or P-256")) as HolderPublicKey;
}

/** The public keys of a file with a JWK (also a private one) or a JWK Set; each with its thumbprint as kid. */
export async function readPublicKeys(file: string): Promise<JWK[]> {
  const text = await readText(file);
  try {
    const json = JSON.parse(text) as { keys?: JWK[] };
    return await Promise.all((json.keys ?? [json as JWK]).map(publicHalf));
  } catch {
    throw new Error(`\`${file}\` is neither a JWK nor a JWK Set`);
  }
}

async function publicHalf(jwk: JWK): Promise<JWK> {
  const members = Object.fromEntries(Object.entries(jwk).filter(([name]) => !PRIVATE_MEMBERS.includes(name))) as JWK;
  return { ...members, kid: jwk.kid ?? (await calculateJwkThumbprint(members)) };
}

async function readKey<T>(file: string, schema: v.GenericSchema<unknown, T>, what: string): Promise<T> {
  const text = await readText(file);
  const key = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  if (!key.success) throw new Error(`\`${file}\` is not ${what}`);
  return key.output;
}

/** The keys of a JWK Set. @throws Error that names the file, never its content */
export async function readKeySet(file: string): Promise<JWK[]> {
  const { keys } = await readKey(file, v.object({ keys: v.array(v.looseObject({})) }), "a JWK Set");
  return keys as JWK[];
}

/** "orders:read refunds:write" as tokens. */
export function parseScope(value: string): string[] {
  const tokens = value.split(" ").filter((token) => token !== "");
  if (!tokens.every((token) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(token))) {
    throw new InvalidArgumentError("scope tokens are printable ASCII without quotes (RFC 6749, 3.3)");
  }
  return tokens;
}

/** A list of objects with a `type` (RFC 9396, section 2), as JSON. */
export function parseDetails(value: string): Record<string, unknown>[] {
  const Details = v.array(v.looseObject({ type: v.string() }));
  const details = v.safeParse(v.pipe(v.string(), v.parseJson(), Details), value);
  if (!details.success) throw new InvalidArgumentError('must be a JSON list such as [{"type":"refund","order":"17"}]');
  return details.output;
}

export function parseSeconds(value: string): number {
  const seconds = Number(value);
  if (!Number.isInteger(seconds) || seconds < 1)
    throw new InvalidArgumentError("a whole number of seconds, at least 1");
  return seconds;
}

export function parseCount(value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 0 || count > 255)
    throw new InvalidArgumentError("a whole number from 0 to 255");
  return count;
}

export function parseLimit(value: string): number {
  const limit = Number(value);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw new InvalidArgumentError("a whole number from 1 to 100");
  return limit;
}

/** The key that signs releases of policies; its kid is the name by which POLICY_KEYS lists it. */
export async function readPublisher(file: string | undefined): Promise<PrivateKey> {
  const path = file ?? process.env["HOPGATE_PUBLISHER_KEY"] ?? PUBLISHER_KEY_FILE;
  const key = await readPrivateKey(path);
  if (key.kty !== "OKP" || key.kid === undefined)
    throw new Error(`\`${path}\` is not a private Ed25519 JWK with a kid (hopgate key new)`);
  return key as PrivateKey;
}
