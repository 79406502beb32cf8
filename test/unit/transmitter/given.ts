/** Receivers and causes of the tests of the transmitter. */
import type { EventReceiver } from "../../../worker/config.ts";

export const GATEWAY = "https://gateway.example";
export const IDP = "https://idp.example";
export const cause = { id: "cause", reason: "it leaked", by: "admin", at: 1000 } as const;

export const receiver = (change: Partial<EventReceiver> = {}): EventReceiver => ({
  id: "soc",
  audience: "https://soc.example",
  secret: "SOC",
  events: ["session-revoked", "risk-level-change"],
  ...change,
});
export const ENDPOINT = "https://soc.example/events";
