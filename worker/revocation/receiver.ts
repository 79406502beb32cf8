/** `POST /events`: push delivery of security events (RFC 8935), which become revocations. */
import { issuerParty } from "../chain/party.ts";
import { keysToRevoke } from "../chain/revocation.ts";
import type { Config } from "../config.ts";
import { readRequest } from "../content.ts";
import { HopError } from "../errors.ts";
import { type ActRecord, newAct } from "../ledger/record.ts";
import { logFailure } from "../log.ts";
import { effectsOf } from "./effects.ts";
import { type KeysOf, MAX_AGE, SetError, verifySet } from "./security-event.ts";

export interface Receiver {
  readonly config: Config;
  readonly keysOf: KeysOf;
  sha256(bytes: Uint8Array): Uint8Array;
  /** Whether the SET was accepted before. */
  wasSeen(issuer: string, jti: string): Promise<boolean>;
  spend(issuer: string, jti: string, expires: number): Promise<boolean>;
  /** @param before seconds since the epoch: revokes what was issued until then */
  revoke(keys: readonly string[], reason: string, before: number): Promise<string[]>;
  /** Records what was done, after the answer was sent. */
  keepAct(act: ActRecord): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

const MAX_BYTES = 65_536;

/**
 * 202 once its effects are in force; a repeated SET is accepted without effect (section 2).
 *
 * @throws HopError `body_incomplete`
 */
export async function receiveEvents(request: Request, receiver: Receiver): Promise<Response> {
  try {
    if (request.headers.get("content-type")?.split(";")[0]?.trim() !== "application/secevent+jwt")
      throw new SetError("invalid_request", "a SET must be sent as `application/secevent+jwt`");
    const body = await readRequest(request, MAX_BYTES, receiver.config.gateway);
    if (body === undefined) throw new SetError("invalid_request", "the SET is too large");
    const effects = await take(new TextDecoder().decode(body), receiver);
    return new Response(null, { status: 202, headers: { "hop-effects": String(effects) } });
  } catch (error) {
    if (error instanceof SetError) return refuse(error);
    if (error instanceof HopError) throw error;
    logFailure("event_failed", { status: 503 }, error);
    return unavailable();
  }
}

/** @returns the number of revocations; an event without effect here is accepted and returns 0 */
async function take(text: string, receiver: Receiver): Promise<number> {
  const { config, keysOf, sha256, now } = receiver;
  const verified = await verifySet(text, config.transmitters, keysOf, config.gateway.id, now());
  const { issuer } = verified.transmitter;
  const effects = effectsOf(verified);
  if (await receiver.wasSeen(issuer, verified.jti)) return 0;
  // What was issued during delivery is revoked too; a clock that is ahead must not save a token.
  const seconds = Math.floor(now() / 1000);
  const before = seconds + config.gateway.clock_skew;
  for (const { event, kind, values } of effects) {
    const pending = await receiver.revoke(keysToRevoke(kind, values, sha256), `${event} by ${issuer}`, before);
    if (pending.length > 0) throw new Error("not every shard of the ledger knows it yet");
  }
  // Last, because an event whose effects failed is delivered again, and must not count as already seen.
  await receiver.spend(issuer, verified.jti, seconds + MAX_AGE + 60);
  const act = effects.length === 0 ? "received" : "revoked";
  const about = { jti: verified.jti, events: Object.keys(verified.events), effects, before };
  receiver.keepAct(newAct(now(), { act, by: issuerParty(issuer), about }));
  return effects.length;
}

function refuse({ code, message }: SetError): Response {
  return Response.json(
    { err: code, description: message },
    { status: 400, headers: { "content-language": "en", "cache-control": "no-store" } },
  );
}

/** RFC 8935 has no code for it: the transmitter delivers again. */
function unavailable(): Response {
  return Response.json(
    { error: "temporarily_unavailable", error_description: "the event cannot be accepted now" },
    { status: 503, headers: { "retry-after": "5", "cache-control": "no-store" } },
  );
}
