/** docs/reference/log.md and log.schema.json: the form of a line of the log, and every event. */
import { EVENTS } from "../../worker/log-events.ts";

const error = {
  type: "object",
  properties: {
    name: { type: "string" },
    message: { type: "string" },
    stack: { type: "array", items: { type: "string" } },
    cause: { type: "object" },
  },
  required: ["name"],
  additionalProperties: false,
};

/** JSON Schema of a line. */
export const LOG_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "A line of Hopgate's log",
  type: "object",
  properties: {
    time: { type: "string", description: "ISO 8601, UTC" },
    level: { enum: ["info", "warn", "error"] },
    event: { enum: Object.keys(EVENTS) },
    decision: {
      type: "string",
      description: "id of the decision, as in the answer's `Hop-Decision` and in the ledger",
    },
    trace_id: { type: "string", pattern: "^[0-9a-f]{32}$", description: "W3C Trace Context" },
    rule: { type: "string", description: "the rule of docs/errors.md, or the code of the authorization server" },
    status: { type: "integer", description: "status of the answer" },
    count: { type: "integer", description: "number of events that the line covers, or of things that it is about" },
    about: { type: "object", description: "fields of this event" },
    error: { ...error, description: "the cause, with its stack and its own causes" },
  },
  required: ["time", "level", "event"],
  additionalProperties: false,
};

/** The text of docs/reference/log.schema.json. */
export function logSchema(): string {
  return `${JSON.stringify(LOG_SCHEMA, null, 2)}\n`;
}

/** The text of docs/reference/log.md. */
export function logPage(): string {
  const members = Object.entries(LOG_SCHEMA.properties).map(([name, schema]) => {
    const values = "enum" in schema && name === "level" ? schema.enum.map((each) => `\`${each}\``).join(", ") : "";
    return `| \`${name}\` | ${"description" in schema ? schema.description : values || "one of the table below"} |`;
  });
  const events = Object.entries(EVENTS).map(([name, { level, meaning }]) => `| \`${name}\` | ${level} | ${meaning} |`);
  return `# The log

Every event that the gateway logs, for operators and their tools. The log is one JSON object for each line: on standard output and error if
self-hosted, in Workers Logs on Cloudflare. [log.schema.json](log.schema.json) is its schema.

\`\`\`json
{"time":"2026-11-26T17:55:12.031Z","level":"error","event":"request_failed","decision":"63f0...","trace_id":"4bf9...","rule":"upstream_timeout","status":504,"error":{"name":"HopError","message":"...","stack":["at ..."]}}
\`\`\`

| member | what |
|---|---|
${members.join("\n")}

A line contains no token, no key, and no personal data, except in \`act_lost\`, which names the party that acted. With \`decision\` you find the
request in the ledger, which requires authentication. Failures that anybody can cause are logged once a second, with their \`count\`.

\`[log] requests\` sets which requests are logged: with \`failed\` (default) only those answered with 500 or above, as \`request_failed\`; with
\`refused\` also those that were refused, and with \`all\` every request, as \`request\`:

\`\`\`json
{"time":"2026-11-26T17:55:12.031Z","level":"info","event":"request","decision":"63f0...","trace_id":"4bf9...","status":200,"about":{"outcome":"allowed","method":"GET","route":"/orders/*","milliseconds":12,"policy_set":"..."}}
\`\`\`

## Events

| event | level | meaning |
|---|---|---|
${events.join("\n")}

This page is written by \`npm run docs\`.
`;
}
