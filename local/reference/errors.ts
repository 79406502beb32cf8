/** docs/errors.md: every rule, from the table of rules. */
import { CHAIN_FAILURES, type Failure, GATEWAY_FAILURES } from "../../worker/rules.ts";

function rows(failures: Readonly<Record<string, Failure>>): string {
  return Object.entries(failures).map(row).join("\n");
}

function row([rule, { status, error, retryAfter, meaning }]: [string, Failure]): string {
  const wait = retryAfter === undefined ? "" : `, \`Retry-After: ${retryAfter}\``;
  return `| \`${rule}\` | ${status} \`${error}\`${wait} | ${meaning} |`;
}

/** The text of docs/errors.md. */
export function errorsPage(): string {
  return `# Errors

Every refusal is JSON:

\`\`\`json
{"error":"invalid_token","error_description":"hop 2: the hop has a scope that its parent does not (\`scope\`, scope_widened)","rule":"scope_widened","hop":2,"claim":"scope","decision":"63f0..."}
\`\`\`

| member | what |
|---|---|
| \`error\` | the OAuth error code |
| \`error_description\` | for people: it may change; it never holds a token, a key, or a claim that was not verified |
| \`rule\` | the rule that failed, of the tables below: switch on this |
| \`hop\`, \`claim\` | the hop that broke the rule (0 is the root), and the claim or header parameter that the rule is about, where there is one |
| \`decision\` | the id under which the ledger tells more, or the log where no chain was verified |
| \`approval\` | \`id\`, \`uri\`, \`groups\` and \`expires\` of the [approval](console.md#approvals) that would let the request pass |

On routes to MCP servers they are [JSON-RPC](agents.md#errors-for-clients), with these members as \`error.data\`.

With \`Accept: application/problem+json\` the same members come as RFC 9457. Statuses of 500 and above mean that the gateway,
or what stands behind it, failed: they are recorded as \`failed\` and logged with their cause; all others are recorded as
\`denied\`.

401 and 403 carry a challenge for each scheme that the route takes, by its \`proof\`: \`Bearer\` first (RFC 6750;
also for \`mtls\`, RFC 8705, and for \`wimse\`, which has no scheme of its own), \`DPoP\` (RFC 9449), \`Envelope\` on routes for
[messages](messages.md). The error is in the challenge of the scheme that the request used; \`acr_values\` and \`max_age\` ask
for step-up (RFC 9470), \`scope\` names what the request needs, \`resource_metadata\` names the route's metadata (RFC 9728). \`invalid_dpop_proof\` is for requests with
a DPoP proof: where another proof is at fault, or none was sent, \`invalid_token\` is sent in its place, with the same rule.

The [authorization server](oauth.md) answers with the codes of RFC 6749, and adds \`rule\`, \`hop\` and \`claim\` where a token or a
proof that it was given breaks one of these rules.

## Rules of the chain (checked by the core)

One phase after the other, each over all hops: the size of the whole (\`chain_*\`); structure; allow-lists, hop by hop, first the
header, then the claims one by one; signatures; meaning, hop by hop, first the four rules of time (\`expired\` to
\`lifetime_empty\`), then what ties the hop to its parent in the order of this table; last \`audience_mismatch\`. Signatures
that are left to WebCrypto (every algorithm but Ed25519, and Ed25519 where WebCrypto is faster) are checked after all of
these. The first rule that fails is told.

| rule | answer | meaning |
|---|---|---|
${rows(CHAIN_FAILURES)}

## Rules of the gateway (in the order of the stages)

| rule | answer | meaning |
|---|---|---|
${rows(GATEWAY_FAILURES)}

This page is written by \`npm run docs\`.
`;
}
