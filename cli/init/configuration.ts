/** The configuration that `hopgate init` writes: TOML with comments. */
import { isProtected } from "../../worker/config/fields.ts";
import { type Answers, derive, isLocal } from "./answers.ts";

const text = JSON.stringify;

/** Only where it is needed: on the loopback plain http is always accepted. */
function allowHttp({ api, allowHttp: allowed }: Answers): string {
  if (!allowed || isProtected(new URL(api))) return "";
  return `# Plain http: the token and the bodies are unencrypted. Only for a network that nobody else can reach.
allow_http = true
`;
}

export function configuration(answers: Answers): string {
  const { route, api, read, write } = derive(answers);
  const id = answers.gateway;
  return `# Written by \`hopgate init\`. Every field: docs/reference/configuration.md

[gateway]
# The address that callers use. Access tokens for the gateway name it as their audience (\`aud\`), and it is the issuer
# (\`iss\`) of the tokens that your API gets.
id = ${text(id)}

# Where people sign in. The gateway accepts this provider's JWT access tokens (RFC 9068) if they are bound to a key by DPoP
# (RFC 9449). Its keys are found by its discovery document.
[[issuers]]
issuer = ${text(answers.issuer)}
discovery = true
# \`typ\` of its access tokens. Some providers write "JWT".
types = ["at+jwt"]
${
  isLocal(answers)
    ? `
# The console at ${id}/console, opened by \`hopgate console sign-in\`. In production use [console] oidc instead.
[console]
local = true
# One-time tokens use this issuer's names, so that nobody approves their own requests.
local_issuer = ${text(answers.issuer)}
auditors = ["auditors"]
operators = ["operators"]
`
    : `
# The console is closed until you configure sign-in by OpenID Connect:
# [console]
# oidc = { issuer = ${text(answers.issuer)}, client_id = "hopgate" }
# auditors = ["auditors"]
# operators = ["operators"]
`
}
# Your API. One [[routes]] section for each set of paths with its own terms.
[[routes]]
id = ${text(route)}
api = ${text(api)}
path = ${text(answers.path)}
upstream = ${text(answers.api.replace(/\/$/, ""))}
${allowHttp(answers)}# \`aud\` of the token that your API gets.
audience = ${text(answers.api)}
# For policies: "low", "medium" or "high".
sensitivity = "low"
# Longest life of that token, in seconds.
ttl = 60

# For each method: the action that the policies decide, and the scopes that the caller must have.
[routes.methods]
GET = { action = ${text(read)}, scopes = [${text(read)}] }
HEAD = { action = ${text(read)}, scopes = [${text(read)}] }
POST = { action = ${text(write)}, scopes = [${text(write)}] }
PUT = { action = ${text(write)}, scopes = [${text(write)}] }
PATCH = { action = ${text(write)}, scopes = [${text(write)}] }
DELETE = { action = ${text(write)}, scopes = [${text(write)}] }
`;
}
