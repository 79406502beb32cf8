/** Asks the gateway whether a message may be acted on, now. */
import { decodeJwt } from "jose";
import { dpopProof } from "./dpop.ts";
import { HopgateError, refusalOf } from "./errors.ts";
import { hashText } from "./hop.ts";
import type { HolderKey } from "./keys.ts";
import { contentDigest } from "./seal.ts";
import { type Provenance, type Verifier, verifier } from "./verify.ts";

export interface Opening {
  /** The route that takes these messages: `https://gateway.example.com/jobs/refunds`. */
  readonly route: string;
  /** The consumer's private key. */
  readonly key: HolderKey;
  /** The gateway's id, and the audience of the route: what the answer's token must name. */
  readonly issuer: string;
  readonly audience: string;
  /** Default: the runtime's. In a Worker, a service binding's. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
  /** The message was given up before: it is opened only when people approve that it is acted on again. */
  readonly deadLetter?: boolean | undefined;
}

export interface Opened {
  /** For whom, through whom, under which task: verified by the gateway just now. */
  readonly provenance: Provenance;
  /** The chain whose last hop is the consumer: to call on through the gateway, or to delegate further. */
  readonly chain: string;
  /**
   * The same for every delivery of this message, and for no other: of its producer and the id that it sealed. Written in the
   * transaction of what you do, it lets you do that once, however often the message comes.
   */
  readonly messageKey: string;
}

/** By the way to the gateway, then by gateway and audience: a verifier keeps the gateway's keys. */
const verifiers = new WeakMap<object, Map<string, Verifier>>();
/** One verifier for each way to open; with more routes than this, keys are fetched more often. */
const MOST_KEPT = 100;

/**
 * Opens a message: seal, payload, chain, revocation and policy are verified by the gateway at this moment, whenever it was
 * sent. Opening it again under the same delivery is allowed, under another is not.
 *
 * @param envelope as `seal` made it
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
    // The gateway names the approval that this message waits for: perhaps it has been given.
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

/** Called where the gateway has verified the envelope. */
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
    // The payload stays here.
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
  throw new HopgateError("chain_malformed", "the envelope holds no chain");
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
