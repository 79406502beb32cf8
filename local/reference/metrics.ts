/** docs/reference/metrics.md: every instrument, from the table of instruments. */
import { INSTRUMENTS, type InstrumentName, instrument, prometheusName } from "../../worker/telemetry/instruments.ts";

function rows(kinds: readonly string[]): string {
  return Object.keys(INSTRUMENTS)
    .map((name) => name as InstrumentName)
    .filter((name) => kinds.includes(instrument(name).kind))
    .map(row)
    .join("\n");
}

function row(name: InstrumentName): string {
  const { kind, unit, help, attributes } = instrument(name);
  const own = prometheusName(name) + (kind === "histogram" ? "_bucket`, `_sum`, `_count" : "");
  return `| \`${name}\` | \`${own}\` | ${kind} | \`${unit}\` | ${attributes.map((each) => `\`${each}\``).join(", ")} | ${help} |`;
}

/** The text of docs/reference/metrics.md. */
export function metricsPage(): string {
  return `# Metrics

\`GET /metrics\` answers in the text format of Prometheus, with the admin token; \`[telemetry] otlp\` sends the counters and histograms to an
OTLP/HTTP collector, as deltas. Names, units and buckets are those of OpenTelemetry's semantic conventions where these have one; in Prometheus
dots are underscores, and attributes are labels.

\`\`\`yaml
scrape_configs:
  - job_name: hopgate
    authorization: { credentials_file: /etc/prometheus/hopgate-admin-token }
    static_configs: [{ targets: ["gateway.acme.example"] }]
\`\`\`

Counters and histograms are the sums of all isolates: each sends its counts within five seconds, and at once if it is the
one that is asked. They survive restarts. Gauges are read when somebody asks; those of issuers are what the isolate that answers knows.
A series that would be one too many (5,000) is counted under \`otel_metric_overflow="true"\`.

On Cloudflare a Worker's clock stands still while it computes, so times are those of waiting: for stores, for upstreams, for keys.

## Counters and histograms

| OpenTelemetry | Prometheus | kind | unit | attributes | what |
|---|---|---|---|---|---|
${rows(["counter", "histogram"])}

\`http.route\` is the path of the route as the configuration has it, \`/oauth/token\` for exchanges, and absent where no route has the address. \`hopgate.outcome\` is \`allowed\`, \`denied\` or \`failed\`, \`hopgate.rule\` a rule of
[the table of errors](../errors.md); \`error.type\` is that rule where the gateway or what stands behind it has failed. Methods beyond those of
RFC 9110 and PATCH are \`_OTHER\`. No attribute contains values from a caller.

## Gauges (Prometheus only)

| OpenTelemetry | Prometheus | kind | unit | attributes | what |
|---|---|---|---|---|---|
${rows(["gauge"])}

## Spans

Every request is a span of kind SERVER, under the caller's \`traceparent\` and above the upstream's: \`GET /orders/*\`, by the conventions for HTTP. On routes
to MCP servers it is \`tools/call refund_order\`, with \`mcp.method.name\`, \`mcp.protocol.version\`, \`jsonrpc.request.id\`, \`gen_ai.tool.name\` and
\`gen_ai.operation.name\`, once the chain is verified and the tool is declared. \`hopgate.decision.id\` leads to the ledger. Paths, queries, addresses, identities and tokens are in no span.

This page is written by \`npm run docs\`.
`;
}
