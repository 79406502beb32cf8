/** What is reported or noticed: telemetry, the log, security events, signs. */
import { type FieldTexts, field, KEY_LIFE, table, within } from "./field-text.ts";

export const EVENT_TEXTS: FieldTexts = {
  telemetry: table("Traces and metrics ([telemetry](../ledger.md#telemetry))."),
  "telemetry.otlp": field(
    '"https://collector.example.com:4318"',
    "base address of an OTLP/HTTP collector; `/v1/traces` and `/v1/metrics` are appended. OTLP_HEADERS holds its headers",
  ),
  log: table("What the log tells of ([the log](../reference/log.md))."),
  "log.requests": field(
    '"all"',
    "which requests have a line `request`: `failed` none beyond those of failures, `refused` those that were refused too, `all` every one",
  ),
  transmitters: table("Who may push security events to `/events` (RFC 8417). `aud` of an event is `gateway.id`."),
  ...within("transmitters[].", {
    issuer: field('"https://idp.acme.example"', "`iss` of its events"),
    jwks_uri: field('"https://idp.acme.example/jwks.json"', "where its keys are; this or `keys`"),
    keys: field('[{ kty = "OKP", crv = "Ed25519", kid = "1", x = "..." }]', "its public keys; this or `jwks_uri`"),
    subjects: field('["https://idp.acme.example"]', "issuers whose subjects its events may name. Default: itself"),
    ...KEY_LIFE,
  }),
  receivers: table("Who is told of [security events](../security-events.md), each in a stream of its own."),
  ...within("receivers[].", {
    id: field('"soc"', "its name, and that of its stream"),
    audience: field('"https://soc.example.com"', "`aud` of its events"),
    secret: field('"SOC_TOKEN"', "name of the secret by which it polls and manages its stream, as a bearer token"),
    endpoint: field('"https://soc.example.com/events"', "where its events are pushed; without it, it polls"),
    events: field('["session-revoked"]', "events that it may have. Default: all"),
  }),
  signs: table(
    "What is new in verified requests, and not as it was ([signs](../signs.md)). Without this table nothing is watched.",
  ),
  ...within("signs.", {
    quiet_until: field(
      "2026-12-10T00:00:00Z",
      "until then everything is remembered, and nothing is a sign: the learning period",
    ),
    sleep_days: field("30", "days after which a key that is used again is one that slept"),
    keep_days: field("180", "days for which it is remembered what a caller had; more than `sleep_days`"),
    most: field("1000", "what is remembered of one caller; beyond it, what was there longest ago is forgotten"),
    denials: table("Denials of one caller that are a burst, in windows by the clock."),
    "denials.count": field("20", "so many"),
    "denials.seconds": field("600", "within this time"),
    country_header: field(
      '"x-country"',
      "header in which the proxy in front says the country, in two letters; it must overwrite what callers send. Default: what Cloudflare says",
    ),
  }),
};
