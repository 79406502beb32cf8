/** Signs events for every receiver that may have them, and puts them into its stream. */
import type { EventReceiver } from "../config.ts";
import { logFailure } from "../log.ts";
import type { Signer } from "../trust/signing.ts";
import { eventUri, type SecurityEvent } from "./event.ts";
import { type SignedSet, signSet } from "./set.ts";

export interface TransmitEdges {
  readonly receivers: readonly EventReceiver[];
  /** The gateway's id. */
  readonly issuer: string;
  signer(): Promise<Signer | undefined>;
  /** Puts a SET into the stream of a receiver. Rejects if it cannot be reached. */
  add(receiver: string, set: SignedSet): Promise<void>;
  sleep(milliseconds: number): Promise<unknown>;
  /** Milliseconds since the epoch. */
  now(): number;
}

/**
 * Milliseconds before each attempt; together less than the 30 s for which the platform lets work continue after a
 * response.
 */
const PAUSES_MS = [0, 100, 500, 2000, 5000, 10_000];

/** Never rejects: an event that cannot be stored is logged. */
export async function transmit(event: SecurityEvent, edges: TransmitEdges): Promise<void> {
  const { receivers } = edges;
  await Promise.all(
    receivers.filter(({ events }) => events.includes(event.type)).map((receiver) => transmitTo(receiver, event, edges)),
  );
}

async function transmitTo({ id, audience }: EventReceiver, event: SecurityEvent, edges: TransmitEdges): Promise<void> {
  const { issuer, signer, add, sleep, now } = edges;
  let cause: unknown = new Error("the gateway has no signing key");
  const signs = await signer();
  for (const pause of signs === undefined ? [] : PAUSES_MS) {
    if (pause > 0) await sleep(pause);
    try {
      const content = { ...event, audience, uri: eventUri(event.type) };
      return await add(id, await signSet(content, issuer, signs as Signer, now()));
    } catch (error) {
      cause = error;
    }
  }
  logFailure("event_lost", { about: { receiver: id, cause: event.cause } }, cause);
}
