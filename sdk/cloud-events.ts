/** Sealed CloudEvents 1.0: the envelope as an extension attribute, over the attributes and data that make the event. */
import canonicalize from "canonicalize";
import { HopgateError } from "./errors.ts";
import { hashText } from "./hop.ts";
import { type Opened, type Opening, open } from "./open.ts";
import { type Sealing, seal } from "./seal.ts";

/** CloudEvents 1.0.2, section 3, in the JSON format. */
export interface CloudEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly time?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  readonly data?: unknown;
  readonly data_base64?: string;
  /** Extensions, such as those that brokers add, are not sealed. */
  readonly [extension: string]: unknown;
}

export interface SealedEvent extends CloudEvent {
  readonly hopenvelope: string;
}

const SEALED = [
  "specversion",
  "id",
  "source",
  "type",
  "subject",
  "time",
  "datacontenttype",
  "dataschema",
  "data",
  "data_base64",
] as const;

/** The digested bytes: the sealed members in canonical form (RFC 8785), however a broker writes them. */
function sealedText(event: CloudEvent): string {
  const members = SEALED.flatMap((name) => (event[name] === undefined ? [] : [[name, event[name]] as const]));
  return canonicalize(Object.fromEntries(members)) as string;
}

/** Like `seal`, for an event. @throws HopgateError as `delegate` */
export async function sealEvent(event: CloudEvent, chain: string, sealing: Sealing): Promise<SealedEvent> {
  return { ...event, hopenvelope: await seal(sealedText(event), chain, sealing) };
}

/**
 * Like `open`. `source` and `id` name the delivery, because they stay the same when an event is delivered again
 * (section 3.1.1).
 */
export async function openEvent(event: CloudEvent, opening: Opening): Promise<Opened> {
  const { hopenvelope: envelope } = event;
  if (typeof envelope !== "string") throw new HopgateError("chain_malformed", "the event is not sealed");
  const delivery = await hashText(JSON.stringify([event.source, event.id]));
  return open(sealedText(event), envelope, delivery, opening);
}
