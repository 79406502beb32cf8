/**
 * The text of docs/reference/configuration.md about each field: its meaning, and an example. A test compares the names
 * with the schema's, and parses every example with it.
 */
import { EVENT_TEXTS } from "./texts/events.ts";
import type { FieldTexts } from "./texts/field-text.ts";
import { GATEWAY_TEXTS } from "./texts/gateway.ts";
import { PARTY_TEXTS } from "./texts/parties.ts";
import { PEOPLE_TEXTS } from "./texts/people.ts";
import { ROUTE_TEXTS } from "./texts/routes.ts";

/** The version of fields that do not name one. */
export const FIRST_VERSION = "0.1.0";

export const FIELD_TEXTS: FieldTexts = {
  ...GATEWAY_TEXTS,
  ...PEOPLE_TEXTS,
  ...EVENT_TEXTS,
  ...PARTY_TEXTS,
  ...ROUTE_TEXTS,
};
