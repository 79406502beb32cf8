/**
 * How much may be sent to one side of a WebSocket. workerd does not say how much of it is still unread (it has no
 * `bufferedAmount`, and cannot send pings), so everything that was sent is counted: by rate, and in total, which bounds
 * what a peer that never reads can make the gateway hold. Pure.
 */
import type { Route } from "../config.ts";

export type SocketLimits = Pick<Route, "websocket_message" | "websocket_rate" | "websocket_bytes">;
export type BudgetRule = "socket_message_too_large" | "socket_too_fast" | "socket_exhausted";

/** Burst, in seconds' worth of the rate. */
const BURST_SECONDS = 4;
/** Bytes that a waiting message takes in addition to its content. */
const PER_MESSAGE = 128;

/**
 * @param began milliseconds since the epoch, as is `now` of the function that it returns
 * @returns a function that counts a message and returns the rule that it breaks, which ends the socket
 */
export function createBudget(
  { websocket_message: most, websocket_rate: rate, websocket_bytes: all }: SocketLimits,
  began: number,
): (bytes: number, now: number) => BudgetRule | undefined {
  const burst = BURST_SECONDS * rate;
  let sum = 0;
  let owed = 0;
  let last = began;

  return (bytes, now) => {
    if (bytes > most) return "socket_message_too_large";
    owed = Math.max(0, owed - (Math.max(0, now - last) / 1000) * rate);
    last = now;
    if (owed >= burst) return "socket_too_fast";
    owed += bytes + PER_MESSAGE;
    sum += bytes + PER_MESSAGE;
    return sum > all ? "socket_exhausted" : undefined;
  };
}

/** Bytes of a message. Text counts by its characters: outside ASCII that is less, but at least a third. */
export function sizeOf(data: string | ArrayBuffer): number {
  return typeof data === "string" ? data.length : data.byteLength;
}
