/**
 * The parser for every JWS outside chains (the core reads those): DPoP proofs, workload proof tokens, envelopes,
 * security events, client assertions, grants, releases, checkpoints. It runs before any verification, so that whatever
 * is verified is canonical and can be read in only one way.
 */
import { base64url } from "jose";
import { type JsonObject, readStrictObject } from "./strict-json.ts";

/** A compact JWS (RFC 7515, section 7.1). Nothing in it is verified. */
export interface UnverifiedJws {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  /** The signed bytes: the first two parts as they were sent. */
  readonly signed: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/** The JWS is malformed, or could be read in two ways. The message never quotes it. */
export class MalformedJws extends Error {
  override readonly name = "MalformedJws";
}

/** Default limit of a JWS, in characters. */
const MOST = 16_384;

const utf8 = new TextEncoder();

/**
 * Claims that are times, in whole seconds since the epoch (RFC 7519, section 2, allows fractions, which readers round
 * differently).
 */
const TIMES = ["iat", "nbf", "exp", "auth_time", "toe"];

/**
 * Reads a JWS: three parts in canonical base64url, header and payload strict JSON objects, times whole numbers.
 *
 * @param most number of characters
 * @throws MalformedJws
 */
export function readStrictJws(jws: string, most = MOST): UnverifiedJws {
  if (jws.length > most) throw new MalformedJws(`the token has more than ${most} characters`);
  const parts = jws.split(".", 4);
  if (parts.length !== 3) throw new MalformedJws("the token does not have three parts");
  const [first, second, signature] = parts.map(decode) as [Part, Part, Part];
  const [header, payload] = [readPart(first), readPart(second)];
  const odd = TIMES.find((name) => Object.hasOwn(payload, name) && !isTime(payload[name]));
  if (odd !== undefined) throw new MalformedJws(`\`${odd}\` is not a whole number of seconds`);
  return { header, payload, signed: utf8.encode(jws.slice(0, jws.lastIndexOf("."))) as Part, signature };
}

type Part = Uint8Array<ArrayBuffer>;

function decode(part: string): Part {
  // No padding, no unused bits, no other alphabet, so that each value has one encoding. A length of 4n + 1 characters
  // is never valid.
  const bytes = /^[A-Za-z0-9_-]+$/.test(part) && part.length % 4 !== 1 ? base64url.decode(part) : undefined;
  if (bytes === undefined || base64url.encode(bytes) !== part)
    throw new MalformedJws("the token is not in canonical base64url");
  return bytes as Part;
}

function readPart(bytes: Uint8Array): JsonObject {
  try {
    return readStrictObject(bytes);
  } catch (cause) {
    throw new MalformedJws("the token's JSON can be read in more than one way", { cause });
  }
}

function isTime(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}
