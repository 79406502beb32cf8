/**
 * Messages: a chain that its producer has bound to one payload, verified when the message is processed
 * (docs/messages.md). The producer is the signer of the last hop, so the envelope must be signed with the same key.
 */
import { compactVerify, decodeProtectedHeader, importJWK, type JWK } from "jose";
import * as v from "valibot";
import type { ChainHop } from "../../wasm/core.ts";
import { partyId } from "../chain/party.ts";
import type { EnvelopeClaims } from "../claims.ts";
import { HopError } from "../errors.ts";
import type { PresentedEnvelope } from "../presentation.ts";
import type { Confirmation } from "../proof/proof.ts";
import { contentDigest } from "../trust/content-digest.ts";
import { readStrictJws } from "../trust/strict-jws.ts";
import type { VerifiedChain, VerifiedMessage } from "../types.ts";
import type { Gateway } from "./gateway.ts";

const ENVELOPE_TYPE = "hop-envelope+jwt";

/** One SHA-256 digest (RFC 9530, section 2). */
const Digest = v.pipe(v.string(), v.regex(/^sha-256=:[A-Za-z0-9+/]{43}=:$/));
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(1024));
const Claims = v.object({
  iss: text,
  sub: text,
  jti: v.pipe(v.string(), v.regex(/^[A-Za-z0-9._~:-]{1,256}$/)),
  iat: v.pipe(v.number(), v.integer()),
  exp: v.pipe(v.number(), v.integer()),
  txn: v.optional(text),
  purpose: v.optional(text),
  digest: Digest,
  chain: v.pipe(v.string(), v.minLength(1)),
});

/**
 * Reads an envelope and its payload from a request on a route that accepts messages.
 *
 * @param content the payload; empty if the consumer keeps the payload and sends only its `Content-Digest`
 * @throws HopError `envelope_malformed`, `message_malformed`
 */
export function readEnvelope(
  jws: string,
  { headers }: Request,
  content: Uint8Array,
  forwarded: boolean,
  { core }: Pick<Gateway, "core">,
): PresentedEnvelope {
  const delivery = headers.get("hop-message");
  if (delivery === null || !/^[\x21-\x7e]{1,256}$/.test(delivery)) throw new HopError("message_malformed");
  const deadLetter = headers.get("hop-dead-letter");
  if (deadLetter !== null && deadLetter !== "?1")
    throw new HopError("message_malformed", { member: "hop-dead-letter" });
  const told = headers.get("content-digest");
  // An upstream gets the payload itself, so a digest without the payload is not accepted.
  const computed = forwarded || content.length > 0 || told === null;
  const digest = computed ? contentDigest(core.sha256(content)) : told;
  if (!v.is(Digest, digest)) throw new HopError("message_malformed", { member: "content-digest" });
  return { unverifiedJws: jws, unverifiedClaims: claimsOf(jws), delivery, deadLetter: deadLetter !== null, digest };
}

function claimsOf(jws: string): EnvelopeClaims {
  try {
    // It contains a chain, and its length is bounded like that of a credential.
    const { header, payload } = readStrictJws(jws, jws.length);
    if (header["typ"] !== ENVELOPE_TYPE) throw new Error("another type");
    return v.parse(Claims, payload);
  } catch {
    throw new HopError("envelope_malformed");
  }
}

/**
 * Verifies the envelope of a valid chain: its key, then its claims against the chain's, then payload and time.
 *
 * @throws HopError `envelope_*`
 */
export async function verifyEnvelope(
  envelope: PresentedEnvelope,
  chain: VerifiedChain,
  { config, now }: Pick<Gateway, "config" | "now">,
): Promise<VerifiedMessage> {
  await verifySeal(envelope.unverifiedJws, chain);
  // They were read from the same text that is verified now.
  const { unverifiedClaims: claims, delivery, deadLetter, digest } = envelope;
  const last = (chain.hops.at(-1) as ChainHop).claims;
  const expected = { iss: last["iss"], sub: last["sub"], txn: chain.task.txn, purpose: chain.purpose?.text };
  for (const member of ["iss", "sub", "txn", "purpose"] as const) {
    const claimed = claims[member];
    if (claimed !== undefined && claimed !== expected[member]) throw new HopError("envelope_mismatch", { member });
  }
  if (claims.digest !== digest) throw new HopError("envelope_digest", { member: "digest" });
  const seconds = Math.floor(now() / 1000);
  if (claims.exp <= seconds) throw new HopError("envelope_expired", { member: "exp" });
  if (claims.iat > seconds + config.gateway.clock_skew) throw new HopError("envelope_expired", { member: "iat" });
  // It is remembered for as long as it could be accepted: no longer than its chain, whatever the producer wrote.
  const expires = Math.min(claims.exp, chain.expires);
  return {
    id: claims.jti,
    delivery,
    ...(deadLetter && { deadLetter }),
    producer: producerOf(chain),
    digest,
    sealed: claims.iat,
    expires,
  };
}

/** The signer of the last hop: the actor before the consumer; for a root alone, its holder. */
function producerOf({ actors }: VerifiedChain): string {
  return partyId(actors.at(-2) ?? actors[0]);
}

async function verifySeal(jws: string, chain: VerifiedChain): Promise<void> {
  const jwk = producerKey(chain);
  if (jwk === undefined) throw new HopError("envelope_signature");
  try {
    const key = await importJWK(jwk, jwk.kty === "EC" ? "ES256" : "EdDSA");
    await compactVerify(jws, key, { algorithms: ["EdDSA", "Ed25519", "ES256"] });
  } catch {
    throw new HopError("envelope_signature");
  }
}

/** The key that signed the last hop: its parent's `cnf.jwk`, or, under a root that names a thumbprint, hop 1's `jwk`. */
function producerKey({ hops, presentation }: VerifiedChain): JWK | undefined {
  const { jwk } = (hops.at(-2)?.claims["cnf"] ?? {}) as Confirmation;
  if (jwk !== undefined || hops.length !== 2) return jwk;
  // The core has accepted this header, and its key by the thumbprint.
  return decodeProtectedHeader(presentation.unverifiedChain.split("~")[1] as string).jwk;
}
