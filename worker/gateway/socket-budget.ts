/**
 * How much may go to one side of a WebSocket. workerd tells nobody how much of what was sent still waits for its reader
 * (it has no `bufferedAmount`, and sends no pings of ours), so everything that was sent is counted as if it might: by rate, and as
 * a sum, which bounds what a reader that never reads can make wait. Pure.
 */
import type { Route } from "../config.ts";

export type SocketLimits = Pick<Route, "websocket_message" | "websocket_rate" | "websocket_bytes">;
export type BudgetRule = "socket_message_too_large" | "socket_too_fast" | "socket_exhausted";

/** Seconds' worth of the rate that may come at once. */
const BURST_SECONDS = 4;
/** Bytes that a message takes beside its content while it waits. */
const PER_MESSAGE = 128;

/**
 * @param began milliseconds since the epoch, as is `now` of the function that it returns
 * @returns counts a message of so many bytes; the rule that it breaks, which ends the socket
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

/** Bytes of a message; of text its characters, which is less where they are not ASCII, and never less than a third. */
export function sizeOf(data: string | ArrayBuffer): number {
  return typeof data === "string" ? data.length : data.byteLength;
}
