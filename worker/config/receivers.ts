/** `[[receivers]]`: who receives security events (OpenID Shared Signals Framework 1.0; docs/security-events.md). */
import * as v from "valibot";
import { address, name, sharedSecretName } from "./fields.ts";

export const CAEP = "https://schemas.openid.net/secevent/caep/event-type";

/** Types of events that the gateway sends, by their names here. */
export const EVENT_TYPES = ["session-revoked", "token-claims-change", "risk-level-change"] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export const Receiver = v.strictObject({
  /** Its stream has the same name. */
  id: name,
  /** `aud` of its security event tokens. */
  audience: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)),
  /** Secret of the Worker with which it polls and manages its stream. */
  secret: sharedSecretName,
  /** The only address that its events are pushed to; without one, it polls. */
  endpoint: v.optional(address),
  /** Events that it may receive. */
  events: v.optional(v.pipe(v.array(v.picklist(EVENT_TYPES)), v.minLength(1)), [...EVENT_TYPES]),
});
export type Receiver = v.InferOutput<typeof Receiver>;
