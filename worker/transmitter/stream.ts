/** The configuration of a receiver's stream, from both sides (SSF 1.0, section 8.1.1). Pure. */
import * as v from "valibot";
import type { EventReceiver } from "../config.ts";
import { eventUri } from "./event.ts";

export const PUSH = "urn:ietf:rfc:8935";
export const POLL = "urn:ietf:rfc:8936";

/** Seconds between two requests for a verification event. */
export const VERIFICATION_INTERVAL = 10;

/** The receiver's settings of its stream; absent ones come from the configuration. */
export interface StreamTerms {
  readonly method?: typeof PUSH | typeof POLL | undefined;
  readonly requested?: readonly string[] | undefined;
  readonly description?: string | undefined;
  /** `Authorization` of pushed events. */
  readonly authorization?: string | undefined;
}

/** The receiver's settings are not possible. The message may be sent to it. */
export class StreamRefused extends Error {
  override readonly name = "StreamRefused";
}

const text = v.pipe(v.string(), v.maxLength(1024));
const Asked = v.looseObject({
  stream_id: v.optional(text),
  events_requested: v.optional(v.pipe(v.array(text), v.maxLength(64))),
  description: v.optional(text),
  delivery: v.optional(
    v.looseObject({
      method: v.picklist([PUSH, POLL], "is neither push (RFC 8935) nor poll (RFC 8936)"),
      endpoint_url: v.optional(text),
      authorization_header: v.optional(
        v.pipe(v.string(), v.maxLength(4096), v.regex(/^[\x21-\x7e]+( [\x21-\x7e]+)*$/)),
      ),
    }),
  ),
});
export type Asked = v.InferOutput<typeof Asked>;

/** @throws StreamRefused */
export function readAsked(body: unknown): Asked {
  const read = v.safeParse(Asked, body);
  if (read.success) return read.output;
  const problems = read.issues.map((issue) => `\`${v.getDotPath(issue) ?? "body"}\`: ${issue.message}`);
  throw new StreamRefused(problems.join("; "));
}

export function methodOf({ endpoint }: EventReceiver, { method }: StreamTerms): typeof PUSH | typeof POLL {
  return method ?? (endpoint === undefined ? POLL : PUSH);
}

/** Types of events that go into the stream, as URIs. */
export function deliveredIn({ events }: EventReceiver, { requested }: StreamTerms): string[] {
  return events.map(eventUri).filter((uri) => requested === undefined || requested.includes(uri));
}

/**
 * The stream as its receiver sees it.
 *
 * @param issuer the gateway's id
 * @param origin that the request was sent to
 */
export function describeStream(
  receiver: EventReceiver,
  terms: StreamTerms,
  issuer: string,
  origin: string,
): Readonly<Record<string, unknown>> {
  const method = methodOf(receiver, terms);
  return {
    stream_id: receiver.id,
    iss: issuer,
    aud: receiver.audience,
    events_supported: receiver.events.map(eventUri),
    ...(terms.requested && { events_requested: terms.requested }),
    events_delivered: deliveredIn(receiver, terms),
    delivery: { method, endpoint_url: method === PUSH ? receiver.endpoint : pollAddress(receiver, origin) },
    min_verification_interval: VERIFICATION_INTERVAL,
    ...(terms.description !== undefined && { description: terms.description }),
  };
}

function pollAddress({ id }: EventReceiver, origin: string): string {
  return `${origin}/ssf/poll/${id}`;
}

const SUPPLIED = ["iss", "aud", "events_supported", "events_delivered", "min_verification_interval"];

/**
 * The settings after a request of the receiver: absent ones stay (PATCH), or are reset (POST, PUT).
 *
 * @param described the current stream
 * @throws StreamRefused
 */
export function changedTerms(
  receiver: EventReceiver,
  terms: StreamTerms,
  asked: Asked,
  described: Readonly<Record<string, unknown>>,
): StreamTerms {
  const wrong = SUPPLIED.find(
    (name) => asked[name] !== undefined && JSON.stringify(asked[name]) !== JSON.stringify(described[name]),
  );
  if (wrong !== undefined) throw new StreamRefused(`\`${wrong}\`: is set by the transmitter`);
  const { delivery, events_requested: requested, description } = asked;
  return {
    ...terms,
    ...(requested && { requested }),
    ...(description !== undefined && { description }),
    ...(delivery && deliveryOf(receiver, delivery, described["delivery"] as { endpoint_url?: string })),
  };
}

/** Events are pushed only to the address of the configuration: a receiver cannot point the gateway at someone else. */
function deliveryOf(
  { endpoint }: EventReceiver,
  { method, endpoint_url: url, authorization_header: authorization }: NonNullable<Asked["delivery"]>,
  now: { readonly endpoint_url?: string },
): StreamTerms {
  if (method === POLL) {
    if (url !== undefined && url !== now.endpoint_url)
      throw new StreamRefused("`delivery.endpoint_url`: is set by the transmitter for polling");
    return { method, authorization: undefined };
  }
  if (endpoint === undefined || url !== endpoint)
    throw new StreamRefused("`delivery.endpoint_url`: events are pushed only to the address of the configuration");
  return { method, authorization };
}
