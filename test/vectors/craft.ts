/**
 * Makes chains, good and bad, by hand: every byte of a hop can be set, keys follow from names, and signatures are made
 * by the platform, so that the core is never tested against itself. The same names and time give the same bytes.
 */
import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signWith,
} from "node:crypto";
import type { SigningKey } from "./keys.ts";

/** JSON-able, or the very bytes of a segment. */
export type Segment = Record<string, unknown> | Uint8Array | string;

export interface CraftKey {
  readonly seed: Uint8Array;
  readonly x: string;
  readonly jwk: { readonly crv: "Ed25519"; readonly kty: "OKP"; readonly x: string };
  readonly thumbprint: string;
}

const sha256 = (data: string | Uint8Array): Buffer => createHash("sha256").update(data).digest();

/** What stands before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7). */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

const keys = new Map<string, CraftKey>();

/** The key that everybody who knows the name can make. */
export async function keyNamed(name: string): Promise<CraftKey> {
  const known = keys.get(name) ?? makeKey(new Uint8Array(sha256(`hopgate test key ${name}`)));
  keys.set(name, known);
  return known;
}

function makeKey(seed: Uint8Array): CraftKey {
  const { x = "" } = createPublicKey(privateKey(seed)).export({ format: "jwk" });
  const thumbprint = sha256(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).toString("base64url");
  return { seed, x, jwk: { crv: "Ed25519", kty: "OKP", x }, thumbprint };
}

/** Those made so far: to make one costs more than to sign. */
const privateKeys = new WeakMap<Uint8Array, KeyObject>();

function privateKey(seed: Uint8Array): KeyObject {
  const made = privateKeys.get(seed);
  if (made !== undefined) return made;
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: "der", type: "pkcs8" });
  privateKeys.set(seed, key);
  return key;
}

/** An Ed25519 signature (RFC 8032). */
export function signBytes(message: string | Uint8Array, { seed }: Pick<CraftKey, "seed">): Buffer {
  return signWith(null, Buffer.from(message), privateKey(seed));
}

export function encode(segment: Segment): string {
  const plain = typeof segment === "string" || segment instanceof Uint8Array;
  return Buffer.from(plain ? segment : JSON.stringify(segment)).toString("base64url");
}

/** A compact JWS over whatever the segments are. */
export async function sign(header: Segment, claims: Segment, key: CraftKey): Promise<string> {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signBytes(input, key).toString("base64url")}`;
}

/** As `sign`, by a key of another kind. */
export function signBy(header: Segment, claims: Segment, key: SigningKey): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${Buffer.from(key.sign(input)).toString("base64url")}`;
}

/** As `sign`, but with HS256 under any bytes: what a confused verifier would accept. */
export function signHs256(header: Segment, claims: Segment, secret: Uint8Array): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

export function hashOf(text: string): string {
  return sha256(text).toString("base64url");
}

/** Who stands in the crafted chains. */
export const CAST = {
  issuer: "https://idp.acme.example",
  subject: "alice",
  app: "https://app.acme.example",
  agent: "spiffe://acme.example/agents/support",
  service: "spiffe://acme.example/services/refunds",
  gateway: "https://gateway.acme.example",
} as const;

/** What one hop of a crafted chain differs in from the good one. */
export interface HopChange {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  /** Replaces the whole segment. */
  readonly rawHeader?: Segment;
  readonly rawClaims?: Segment;
  /** Name of the key that signs, in place of the right one. */
  readonly signedBy?: string;
  /** A key of another kind, in place of it. */
  readonly signer?: SigningKey;
}

export interface Crafted {
  readonly chain: string;
  readonly hops: readonly string[];
}

/** Seconds from `now` at which the good hops expire. */
const LIVES = [3600, 1800, 900];
const SIGNERS = ["idp", "app", "agent", "service"] as const;

/** The good chain of three hops, alice -> app -> support agent -> refund service, changed hop by hop. */
export async function craftChain(
  now: number,
  changes: Readonly<Record<number, HopChange>> = {},
  length = 3,
): Promise<Crafted> {
  const hops: string[] = [];
  for (let k = 0; k < length; k++) {
    const change = changes[k] ?? {};
    const good = await goodHop(k, now, hops.at(-1));
    const header = change.rawHeader ?? withChanges(good.header, change.header);
    const claims = change.rawClaims ?? withChanges(good.claims, change.claims);
    const name = change.signedBy ?? SIGNERS[k] ?? `actor${k}`;
    hops.push(change.signer ? signBy(header, claims, change.signer) : await sign(header, claims, await keyNamed(name)));
  }
  return { chain: hops.join("~"), hops };
}

/** `undefined` takes a member away. */
function withChanges(good: Record<string, unknown>, change: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...good, ...change }).filter(([, value]) => value !== undefined));
}

function actorName(k: number): string {
  return [CAST.app, CAST.agent, CAST.service][k] ?? `spiffe://acme.example/actors/${k}`;
}

async function goodHop(k: number, now: number, parent: string | undefined) {
  const next = await keyNamed(SIGNERS[k + 1] ?? `actor${k + 1}`);
  const expires = now + (LIVES[k] ?? 900 - k);
  if (k === 0 || parent === undefined) {
    const claims = {
      iss: CAST.issuer,
      sub: CAST.subject,
      client_id: CAST.app,
      aud: [CAST.gateway, "https://orders.acme.example"],
      scope: "orders:read refunds:write payouts:write",
      iat: now - 10,
      exp: expires,
      jti: "root-1",
      cnf: { jwk: next.jwk },
      txn: "task-1",
      tctx: { purpose: "customer-support/refund" },
    };
    return { header: { alg: "EdDSA", typ: "at+jwt", kid: "idp-1" }, claims };
  }
  const claims = {
    iss: actorName(k - 1),
    sub: actorName(k),
    aud: CAST.gateway,
    scope: k === 1 ? "orders:read refunds:write payouts:write" : "orders:read refunds:write",
    iat: now - 5,
    exp: expires,
    jti: `hop-${k}`,
    pth: hashOf(parent),
    cnf: { jwk: next.jwk },
  };
  return { header: { alg: "EdDSA", typ: "hop+jwt" }, claims };
}

/** What an identity token differs in from the good one, which is the support agent's. */
export type WitChange = Pick<HopChange, "header" | "claims" | "rawHeader" | "rawClaims">;

/** A Workload Identity Token of the trust domain acme.example (draft-ietf-wimse-workload-creds). */
export async function craftWit(now: number, change: WitChange = {}): Promise<string> {
  const { jwk } = await keyNamed("agent");
  const header = { alg: "EdDSA", typ: "wit+jwt", kid: "wit-1" };
  const claims = { sub: CAST.agent, exp: now + 600, jti: "wit-1", cnf: { jwk: { ...jwk, alg: "EdDSA" } } };
  return sign(
    change.rawHeader ?? withChanges(header, change.header),
    change.rawClaims ?? withChanges(claims, change.claims),
    await keyNamed("acme.example"),
  );
}

/** The key that the last hop of a crafted chain of this length names. */
export function leafKey(length = 3): Promise<CraftKey> {
  return keyNamed(SIGNERS[length] ?? `actor${length}`);
}
