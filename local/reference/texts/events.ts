/** What is reported or noticed: telemetry, the log, security events, signs. */
import { type FieldTexts, field, KEY_LIFE, table, within } from "./field-text.ts";

export const EVENT_TEXTS: FieldTexts = {
  telemetry: table("Traces and metrics ([telemetry](../ledger.md#telemetry))."),
  "telemetry.otlp": field(
    '"https://collector.example.com:4318"',
    "base address of an OTLP/HTTP collector; `/v1/traces` and `/v1/metrics` are appended. OTLP_HEADERS holds its headers",
  ),
  log: table("Which requests are logged ([the log](../reference/log.md))."),
  "log.requests": field(
    '"all"',
    "which requests are logged: with `failed` only those answered with 500 or above, as `request_failed`; with `refused` also refused ones, with `all` every request, as `request`",
  ),
  transmitters: table("Who may push security events to `/events` (RFC 8417). `aud` of an event is `gateway.id`."),
  ...within("transmitters[].", {
    issuer: field('"https://idp.acme.example"', "`iss` of its events"),
    jwks_uri: field('"https://idp.acme.example/jwks.json"', "where its keys are; this or `keys`"),
    keys: field('[{ kty = "OKP", crv = "Ed25519", kid = "1", x = "..." }]', "its public keys; this or `jwks_uri`"),
    subjects: field('["https://idp.acme.example"]', "issuers whose subjects its events may name. Default: itself"),
    ...KEY_LIFE,
  }),
  receivers: table("Receivers of [security events](../security-events.md), each with its own stream."),
  ...within("receivers[].", {
    id: field('"soc"', "its name, and that of its stream"),
    audience: field('"https://soc.example.com"', "`aud` of its events"),
    secret: field('"SOC_TOKEN"', "name of the secret with which it polls and manages its stream, as a bearer token"),
    endpoint: field('"https://soc.example.com/events"', "where its events are pushed; without it, it polls"),
    events: field('["session-revoked"]', "events that it may receive. Default: all"),
  }),
  signs: table(
    "What counts as new or unusual in verified requests ([signs](../signs.md)). Without this table there are no signs.",
  ),
  ...within("signs.", {
    quiet_until: field(
      "2026-12-10T00:00:00Z",
      "end of the learning period: until then everything is only remembered, and nothing is a sign",
    ),
    sleep_days: field("30", "days without use after which a key counts as dormant"),
    keep_days: field("180", "days for which a caller's values are remembered; more than `sleep_days`"),
    most: field("1000", "most values that are remembered of one caller; beyond it, the oldest is forgotten"),
    denials: table("How many denials of one caller are a burst, in windows of the clock."),
    "denials.count": field("20", "number of denials"),
    "denials.seconds": field("600", "within this time"),
    country_header: field(
      '"x-country"',
      "header in which the proxy in front sends the country, in two letters; it must overwrite what callers send. Default: Cloudflare's value",
    ),
  }),
};
