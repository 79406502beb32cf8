/** Asks the gateway whether a message may be processed now. */
import { decodeJwt } from "jose";
import { dpopProof } from "./dpop.ts";
import { HopgateError, refusalOf } from "./errors.ts";
import { hashText } from "./hop.ts";
import type { HolderKey } from "./keys.ts";
import { contentDigest } from "./seal.ts";
import { type Provenance, type Verifier, verifier } from "./verify.ts";

export interface Opening {
  /** The route that accepts these messages: `https://gateway.example.com/jobs/refunds`. */
  readonly route: string;
  /** The consumer's private key. */
  readonly key: HolderKey;
  /** The gateway's id and the route's audience, which the token in the answer must name. */
  readonly issuer: string;
  readonly audience: string;
  /** Default: the runtime's; in a Worker, use a service binding's. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** Whether the message is a dead letter, which is opened only after an approval. */
  readonly deadLetter?: boolean | undefined;
}

export interface Opened {
  /** Subject, actors and task, just verified by the gateway. */
  readonly provenance: Provenance;
  /** The chain whose last hop is the consumer, for calls through the gateway or further delegation. */
  readonly chain: string;
  /**
   * A key that is the same for every delivery of this message and unique to it, made of its producer and the sealed id.
   * Write it in the transaction of your work, so that the work is done once however often the message is delivered.
   */
  readonly messageKey: string;
}

/** Verifiers by fetch function, gateway and audience; each caches the gateway's keys. */
const verifiers = new WeakMap<object, Map<string, Verifier>>();
/** Most verifiers that are cached; with more routes, keys are fetched more often. */
const MOST_KEPT = 100;

/**
 * Opens a message: the gateway verifies seal, payload, chain, revocation and policy now, whenever the message was sent.
 * Opening it again with the same delivery id is allowed, with another is not.
 *
 * @param envelope from `seal`
 * @param delivery the id under which the transport delivers the message; the same when it is delivered again
 * @throws HopgateError `refused` (with `refusal`), `unavailable`, `token_invalid`, `chain_malformed`
 */
export async function open(
  payload: string | Uint8Array,
  envelope: string,
  delivery: string,
  opening: Opening,
): Promise<Opened> {
  const chain = chainOf(envelope);
  let answer = await ask(payload, envelope, chain, delivery, opening);
  if (answer.status === 403) {
    const { approval, rule } = await refusalOf(answer);
    // The gateway names the approval that this message waits for, which may have been given by now.
    if (approval !== undefined && rule === "approval_required")
      answer = await ask(payload, envelope, chain, delivery, opening, approval.id);
  }
  if (!answer.ok) {
    const refusal = await refusalOf(answer);
    const code = answer.status >= 500 || answer.status === 429 ? "unavailable" : "refused";
    throw new HopgateError(code, refusal.description || `the gateway answered ${answer.status}`, { refusal });
  }
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const provenance = await verifierOf(opening)(token);
  return { provenance, chain, messageKey: await messageKey(provenance, envelope) };
}

/** Called after the gateway has verified the envelope. */
function messageKey({ actors, subject }: Provenance, envelope: string): Promise<string> {
  const producer = actors.at(-2) ?? subject;
  return hashText(JSON.stringify([producer.iss, producer.sub, decodeJwt(envelope).jti]));
}

async function ask(
  payload: string | Uint8Array,
  envelope: string,
  chain: string,
  delivery: string,
  { route, key, fetch: send = fetch, deadLetter }: Opening,
  approval?: string,
): Promise<Response> {
  const headers = new Headers({
    authorization: `Envelope ${envelope}`,
    dpop: await dpopProof({ key, chain, method: "POST", url: route }),
    "hop-message": delivery,
    // Only the payload's digest is sent.
    "content-digest": await contentDigest(payload),
    ...(deadLetter === true && { "hop-dead-letter": "?1" }),
    ...(approval !== undefined && { "hop-approval": approval }),
  });
  const request = new Request(route, { method: "POST", headers, redirect: "manual" });
  return send(request).catch((cause: unknown) => {
    throw new HopgateError("unavailable", "the gateway cannot be reached", { cause });
  });
}

function chainOf(envelope: string): string {
  try {
    const { chain } = decodeJwt<{ chain?: unknown }>(envelope);
    if (typeof chain === "string") return chain;
  } catch {
    // Below.
  }
  throw new HopgateError("chain_malformed", "the envelope contains no chain");
}

function verifierOf({ route, issuer, audience, fetch: send }: Opening): Verifier {
  const { origin } = new URL(route);
  const name = JSON.stringify([origin, issuer, audience]);
  const way = send ?? fetch;
  const kept = verifiers.get(way) ?? new Map<string, Verifier>();
  verifiers.set(way, kept);
  const known = kept.get(name);
  if (known !== undefined) return known;
  const made = verifier({ issuer, audience, jwks: `${origin}/.well-known/jwks.json`, fetch: send });
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(name, made);
  return made;
}
