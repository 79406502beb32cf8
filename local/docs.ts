/** Writes docs/errors.md from the rules themselves: `npm run docs`. A test keeps the file and the code the same. */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { EXPLANATIONS } from "../wasm/verdict.ts";
import { GATEWAY_RULES, HopError, type Rule } from "../worker/errors.ts";
import { respond } from "../worker/gateway/respond.ts";

const request = new Request("https://gateway.example/");

async function row(rule: Rule, meaning: string): Promise<string> {
  const response = respond(new HopError(rule), "", request);
  const { error } = (await response.json()) as { error: string };
  return `| \`${rule}\` | ${response.status} \`${error}\` | ${meaning} |`;
}

async function rows(rules: Readonly<Record<string, string>>): Promise<string> {
  return (await Promise.all(Object.entries(rules).map(([rule, meaning]) => row(rule as Rule, meaning)))).join("\n");
}

/** The text of docs/errors.md. */
export async function errorsPage(): Promise<string> {
  return `# Errors

Every refusal is JSON, with an OAuth error code, a description that names the hop and the rule, and the id of the
decision, under which the ledger (or, where no chain was verified, the log) tells more:

\`\`\`json
{"error":"invalid_token","error_description":"hop 2: the hop has a scope that its parent does not (\`scope\`, scope_widened)","decision":"63f0..."}
\`\`\`

\`Accept: application/problem+json\` gets the same as RFC 9457. 401 and 403 carry a \`WWW-Authenticate: DPoP\` challenge
(RFC 6750, RFC 9449; with \`acr_values\` and \`max_age\` for step-up, RFC 9470), 503 a \`Retry-After\`. A description
never holds a token, a key, or a claim that was not verified.

Switch on the rule in the parentheses, not on the prose. Within a chain the rules are checked in the order of this
table: sizes of the whole, then structure, allow-lists, signatures and meaning, each over all hops.

## Rules of the chain (checked by the core)

| rule | answer | meaning |
|---|---|---|
${await rows(EXPLANATIONS)}

## Rules of the gateway (in the order of the stages)

| rule | answer | meaning |
|---|---|---|
${await rows(GATEWAY_RULES)}

This page is written by \`npm run docs\`.
`;
}

if (import.meta.main) {
  await writeFile(fileURLToPath(new URL("../docs/errors.md", import.meta.url)), await errorsPage());
  console.log("wrote docs/errors.md");
}
