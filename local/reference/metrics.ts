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

Every metric and span of the gateway, for operators and their dashboards. \`GET /metrics\` answers in the text format of Prometheus, with the
admin token; \`[telemetry] otlp\` sends the counters and histograms to an OTLP/HTTP collector, as deltas. Names, units and buckets are those of
OpenTelemetry's semantic conventions, if these define any; in Prometheus dots are underscores, and attributes are labels.

\`\`\`yaml
scrape_configs:
  - job_name: hopgate
    authorization: { credentials_file: /etc/prometheus/hopgate-admin-token }
    static_configs: [{ targets: ["gateway.acme.example"] }]
\`\`\`

Counters and histograms are sums over all isolates: each sends its counts within five seconds, and the one that answers sends its own at once. They
survive restarts. Gauges are read for each answer; those of issuers are the values in the isolate that answers. There are at most 5,000 series;
further ones are counted under \`otel_metric_overflow="true"\`.

On Cloudflare a Worker's clock does not advance while it computes, so durations contain only waiting: for stores, for upstreams, for keys.

## Counters and histograms

| OpenTelemetry | Prometheus | kind | unit | attributes | what |
|---|---|---|---|---|---|
${rows(["counter", "histogram"])}

\`http.route\` is the path of the route in the configuration, \`/oauth/token\` for exchanges, and absent if no route matches. \`hopgate.outcome\`
is \`allowed\`, \`denied\` or \`failed\`; \`hopgate.rule\` is a rule of [the table of errors](../errors.md), and \`error.type\` is that rule if the
gateway or a system that it depends on failed. Methods other than those of RFC 9110 and PATCH are \`_OTHER\`. No attribute contains values from
a caller.

## Gauges (Prometheus only)

| OpenTelemetry | Prometheus | kind | unit | attributes | what |
|---|---|---|---|---|---|
${rows(["gauge"])}

## Spans

Every request is a span of kind SERVER, a child of the caller's span and the parent of the upstream's, named by the conventions for HTTP: \`GET
/orders/*\`. On routes to MCP servers its name is \`tools/call refund_order\`, with \`mcp.method.name\`, \`mcp.protocol.version\`,
\`jsonrpc.request.id\`, \`gen_ai.tool.name\` and \`gen_ai.operation.name\`, if the chain is verified and the tool is declared.
\`hopgate.decision.id\` is the id in the ledger. Paths, queries, addresses, identities and tokens are in no span.

This page is written by \`npm run docs\`.
`;
}
