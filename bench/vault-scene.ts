/** A gateway of the company at which people have accounts at a vendor, and what is asked with them. */
import assert from "node:assert/strict";
import { type Company, NAMES, serviceChain } from "../demo/company.ts";
import { type Hopgate, type HopgateOptions, withOrigin } from "./hopgate.ts";
import type { LoadRequest } from "./load.ts";
import { signedRequest } from "./signed.ts";
import { connectAccounts } from "./vault-rows.ts";
import type { BenchVendor } from "./vault-vendor.ts";

const PATH = "/mine";
const KEYS = { keys: [{ kty: "oct" as const, kid: "bench", k: "A".repeat(43) }] };

/** What a gateway needs to use people's accounts at the vendor. */
export function withAccounts(vendor: string): Pick<HopgateOptions, "configure" | "secrets"> {
  return {
    configure: (config) => withVendor(config, vendor),
    secrets: { CRM_SECRET: "bench", VAULT_KEYS: JSON.stringify(KEYS), CONSOLE_CLIENT_SECRET: "bench" },
  };
}

/** Connects an account of each person, by their names. @param inForce whether the access tokens are, or are to be renewed */
export async function connectPeople(
  { company, gateway, vendor }: { readonly company: Company; readonly gateway: Hopgate; readonly vendor: BenchVendor },
  people: Readonly<Record<string, boolean>>,
): Promise<void> {
  for (const person of Object.keys(people)) {
    const [request] = await personRequests(company, gateway.origin, person, 1);
    await checkUnconnected(gateway.origin, request as LoadRequest);
  }
  const accounts = Object.entries(people).map(([sub, inForce]) => ({
    person: { iss: NAMES.idp, sub },
    vendor: { name: "crm", issuer: vendor.origin },
    tokens: vendor.connect(sub, inForce),
  }));
  await gateway.restart(() => connectAccounts(gateway.state, KEYS, accounts));
}

/** Requests for one person, each with a proof of its own. */
export async function personRequests(
  company: Company,
  origin: string,
  sub: string,
  count: number,
): Promise<LoadRequest[]> {
  const chain = await serviceChain(company, { claims: { sub } });
  return Promise.all(Array.from({ length: count }, () => signedRequest(company, origin, chain, PATH)));
}

/** What the vendor's API answers. */
export function isAnswerFor(person: string): (text: string) => boolean {
  return (text) => text === JSON.stringify({ account: person });
}

/** Who has connected nothing is told so, and the shard of their accounts is there afterwards. */
async function checkUnconnected(origin: string, { headers }: LoadRequest): Promise<void> {
  const answer = await fetch(origin + PATH, { headers });
  const { rule } = (await answer.json()) as { rule: string };
  assert.equal(rule, "account_unconnected");
}

/** The company's configuration, with a vendor at which people have accounts. */
function withVendor(config: string, vendor: string): string {
  return `${withOrigin(NAMES.gateway, config)}
[console.oidc]
issuer = "${NAMES.idp}"
client_id = "hopgate"

[oauth.sign_in]

[vendors.crm]
issuer = "${vendor}"
authorization_endpoint = "${vendor}/authorize"
token_endpoint = "${vendor}/token"
client_id = "hopgate"
secret = "CRM_SECRET"

[[routes]]
id = "mine"
api = "orders-api"
path = "${PATH}"
upstream = "${vendor}"
audience = "${NAMES.orders}"
sensitivity = "low"
methods = { GET = { action = "orders:read", scopes = ["orders:read"] } }
credential = { kind = "person", vendor = "crm" }
`;
}
