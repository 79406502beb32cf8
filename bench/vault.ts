/** How long callers at once wait for a person's account whose token is over, against one whose token is in force. */
import assert from "node:assert/strict";
import { type Company, NAMES, serviceChain } from "../demo/company.ts";
import { type BenchCase, interleave, report } from "./compare.ts";
import { withOrigin } from "./hopgate.ts";
import { load } from "./load.ts";
import { withScene } from "./scene.ts";
import { signedRequest } from "./signed.ts";
import { connectAccounts } from "./vault-rows.ts";
import { type BenchVendor, startBenchVendor } from "./vault-vendor.ts";

export const VAULT = "vault";
const CALLERS = 64;
const PATH = "/mine";
const KEYS = { keys: [{ kty: "oct" as const, kid: "bench", k: "A".repeat(43) }] };

export async function vault(rounds: number): Promise<BenchCase[]> {
  const vendor = await startBenchVendor();
  try {
    return await measure(vendor, rounds);
  } finally {
    await vendor.stop();
  }
}

function measure(vendor: BenchVendor, rounds: number): Promise<BenchCase[]> {
  return withScene(async ({ company, startAnother }) => {
    const gateway = await startAnother({
      configure: (config) => withVendor(config, vendor.origin),
      secrets: { CRM_SECRET: "bench", VAULT_KEYS: JSON.stringify(KEYS), CONSOLE_CLIENT_SECRET: "bench" },
    });
    const people = (kind: string): string[] => Array.from({ length: rounds + 1 }, (_, round) => `${kind}-${round}`);
    const [over, inForce] = [people("over"), people("in-force")];
    const requestsOf = (person: string, count = CALLERS) => signed(company, gateway.origin, person, count);
    for (const person of [...over, ...inForce]) await checkUnconnected(gateway.origin, await requestsOf(person, 1));
    const accounts = [...over, ...inForce].map((sub) => ({
      person: { iss: NAMES.idp, sub },
      vendor: { name: "crm", issuer: vendor.origin },
      tokens: vendor.connect(sub, inForce.includes(sub)),
    }));
    await gateway.restart(() => connectAccounts(gateway.state, KEYS, accounts));

    /** Each round has a person of its own. */
    const contender = (persons: readonly string[], renewals: number) => {
      const left = [...persons];
      return async () => {
        const person = left.shift() as string;
        const requests = await requestsOf(person);
        const perSecond = await load(
          gateway.origin,
          requests,
          (text) => text === JSON.stringify({ account: person }),
          CALLERS,
        );
        assert.equal(vendor.renewals.get(person) ?? 0, renewals, "a refresh token is sent once");
        return (CALLERS / perSecond) * 1000;
      };
    };
    const measured = await interleave({ renewed: contender(over, 1), "in force": contender(inForce, 0) }, rounds);
    const note = `until ${CALLERS} callers at once, each with a connection, are answered by the vendor's API; the refresh token was sent once each time`;
    return [report(VAULT, "ms", "less", measured, "renewed", note)];
  });
}

async function signed(company: Company, origin: string, sub: string, count: number) {
  const chain = await serviceChain(company, { claims: { sub } });
  return Promise.all(Array.from({ length: count }, () => signedRequest(company, origin, chain, PATH)));
}

/** Who has connected nothing is told where to, and the shard of their accounts is there afterwards. */
async function checkUnconnected(origin: string, [request]: Awaited<ReturnType<typeof signed>>): Promise<void> {
  const answer = await fetch(origin + PATH, { headers: request?.headers ?? {} });
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
