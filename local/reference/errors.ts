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

What a refusal contains, and every rule that can refuse a request. Every refusal is JSON:

\`\`\`json
{"error":"invalid_token","error_description":"hop 2: the hop has a scope that its parent does not (\`scope\`, scope_widened)","rule":"scope_widened","hop":2,"claim":"scope","decision":"63f0..."}
\`\`\`

| member | what |
|---|---|
| \`error\` | the OAuth error code |
| \`error_description\` | for people: it may change; it never contains a token or a key, and nothing that was not verified except \`sent\` |
| \`rule\` | the rule that failed, one of the tables below: switch on this |
| \`hop\`, \`claim\` | the hop that broke the rule (0 is the root), and the claim or header parameter that the rule is about, if there is one |
| \`sent\`, \`accepted\` | what the request has instead of what is accepted, for rules about \`typ\`, \`alg\`, \`kid\`, \`iss\`, \`aud\`, the kind of proof, the content encoding, and the types of arguments and details (never their values): at most 128 printable ASCII characters, \`none\` if it is absent. Not verified, so only its sender gets it: neither the ledger nor the log has it |
| \`decision\` | the id of the request in the ledger, or in the log if no chain was verified |
| \`approval\` | \`id\`, \`uri\`, \`groups\` and \`expires\` of the [approval](console.md#approvals) that would let the request pass |

On routes to MCP servers refusals are [JSON-RPC](agents.md#errors-for-clients), with these members as \`error.data\`. With
\`Accept: application/problem+json\` the same members are returned as RFC 9457 defines.

A status of 500 or above means that the gateway, or a system that it depends on, failed: the request is recorded as \`failed\` and
logged with the cause. All others are recorded as \`denied\`.

401 and 403 have a challenge for each scheme that the route accepts (its \`proof\`): \`Bearer\` first (RFC 6750; also for \`mtls\`, RFC
8705, and for \`wimse\`, which has no scheme), \`DPoP\` (RFC 9449), \`Envelope\` on routes for [messages](messages.md). The error is in
the challenge of the scheme that the request used. \`acr_values\` and \`max_age\` ask for step-up (RFC 9470), \`scope\` names what the
request needs, \`resource_metadata\` names the route's metadata (RFC 9728). \`invalid_dpop_proof\` is only for requests with a DPoP proof:
if another proof is wrong, or none was sent, the error is \`invalid_token\`, with the same rule.

The [authorization server](oauth.md) answers with the codes of RFC 6749, and adds \`rule\`, \`hop\`, \`claim\`, \`sent\` and \`accepted\` if a token or a proof
that it received breaks one of these rules.

## Rules of the chain (checked by the core)

The answer names the first rule that fails, in the [order of the checks](chain.md#order-of-the-checks). The table is only roughly in this
order, because some rules are checked in several steps.

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
