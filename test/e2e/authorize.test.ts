/** Answers of `/authorize`, to requests as Traefik and Envoy send them, and to callers without the secret. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { call, chainNow, proofFor, type Refusal, recordsOf, refusalOf, startWorld, type World } from "./harness.ts";
import { type RawAnswer, rawCall } from "./raw.ts";

const SECRETS = {
  TRAEFIK_SECRET: "traefik-secret-of-the-tests-0123456789",
  ENVOY_SECRET: "envoy-secret-of-the-tests-0123456789abc",
};

const PROXIES = `
[[authorizer.proxies]]
name = "traefik"
kind = "traefik"
secret = "TRAEFIK_SECRET"

[[authorizer.proxies]]
name = "envoy"
kind = "envoy"
secret = "ENVOY_SECRET"

[[routes]]
id = "elsewhere"
api = "orders-api"
path = "/elsewhere/*"
authorize_only = true
audience = "https://orders.acme.example"
sensitivity = "low"
txn_token = true
methods = { GET = { action = "orders:read", scopes = ["orders:read"] } }

# Below a route that the gateway forwards itself, and before it.
[[routes]]
id = "below"
api = "orders-api"
path = "/orders/elsewhere/*"
authorize_only = true
audience = "https://orders.acme.example"
sensitivity = "low"
methods = { GET = { action = "orders:read", scopes = ["orders:read"] } }
`;

/** Routes are found in their order: those of the test stand first. */
const withProxies = (config: string): string => config.replace("[[routes]]", `${PROXIES}\n[[routes]]`);

let world: World;
/** Where callers call: a proxy that is not there. */
const EDGE = { url: "https://api.acme.example" };
beforeAll(async () => {
  world = await startWorld({
    edit: (config) =>
      withProxies(config).replace(
        'id = "https://gateway.acme.example"',
        'id = "https://gateway.acme.example"\norigins = ["https://gateway.acme.example", "https://api.acme.example"]',
      ),
    secrets: SECRETS,
  });
});
afterAll(() => world.stop());

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly chain?: string;
  readonly headers?: Record<string, string>;
  readonly proof?: Record<string, unknown>;
}

/** As Traefik asks: GET, with everything in headers. */
async function ask({ method = "GET", path = "/orders/17", headers, proof, ...options }: Asked = {}): Promise<Response> {
  const chain = options.chain ?? (await chainNow());
  const dpop = await proofFor(EDGE, chain, { method, path, ...(proof && { proof }) });
  const said = { "x-forwarded-method": method, "x-forwarded-host": "api.acme.example", "x-forwarded-uri": path };
  const all = { authorization: `DPoP ${chain}`, dpop, ...said, "hop-authorizer": SECRETS.TRAEFIK_SECRET, ...headers };
  return fetch(`${world.url}/authorize`, {
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== "")),
  });
}
const refusedAs = async (asked: Asked): Promise<Refusal> => refusalOf(await ask(asked));

describe("an answer", () => {
  test("that allows has the token and the provenance in headers, no body, and may not be cached", async () => {
    const answer = await ask({ headers: { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" } });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe("");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("authorization")).toMatch(/^Bearer ey/);
    expect(answer.headers.get("hop-chain")).toContain('"spiffe://acme.example/services/refunds"');
    expect(answer.headers.get("traceparent")).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-/);
    expect(answer.headers.has("txn-token")).toBe(false);
  });
  test("has a Txn-Token if the route says so", async () => {
    const answer = await ask({ path: "/elsewhere/17" });
    expect(answer.headers.get("txn-token")).toMatch(/^ey/);
  });
  test("that refuses has the body, the challenge and the decision, and may not be cached", async () => {
    const answer = await ask({ chain: await chainNow({ 2: { claims: { scope: "refunds:write" } } }) });
    expect(answer.status).toBe(403);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const { decision, rule, challenge } = await refusalOf(answer);
    expect(rule).toBe("scope_insufficient");
    expect(challenge).toContain('scope="orders:read"');
    expect(answer.headers.get("hop-decision")).toBe(`"${decision}"`);
  });
  test.each<[string, Asked, number, string]>([
    ["a route that nobody has configured", { path: "/nowhere" }, 403, "route_unknown"],
    ["a method that the route does not serve", { method: "DELETE" }, 403, "method_not_allowed"],
    ["a route of which bodies must be seen: it signs", { method: "POST", path: "/refunds" }, 403, "route_unseen"],
    ["a route to tools", { method: "POST", path: "/mcp" }, 403, "route_unseen"],
    ["a route for messages", { method: "POST", path: "/push/refunds" }, 403, "route_unseen"],
    ["a route with a vendor's credential", { path: "/crm/1" }, 403, "route_unseen"],
    [
      "a proof for the gateway's own address",
      { proof: { htu: "https://gateway.acme.example/orders/17" } },
      401,
      "proof_target",
    ],
    ["a proof for /authorize", { proof: { htu: "https://api.acme.example/authorize" } }, 401, "proof_target"],
    ["no credential", { headers: { authorization: "", dpop: "" } }, 401, "credential_missing"],
    [
      "a host that is not the gateway's",
      { headers: { "x-forwarded-host": "other.example" } },
      403,
      "misdirected_request",
    ],
    ["nothing in particular", { headers: { "x-forwarded-uri": "" } }, 403, "original_malformed"],
  ])("to %s", async (_, asked, status, rule) => {
    expect(await refusedAs(asked)).toMatchObject({ status, rule });
  });
});

describe("no caller is trusted", () => {
  test.each<[string, string]>([
    ["without the secret", ""],
    ["with another", `${SECRETS.TRAEFIK_SECRET}x`],
    ["with its beginning", SECRETS.TRAEFIK_SECRET.slice(0, -1)],
    ["with that of a proxy that asks otherwise", SECRETS.ENVOY_SECRET],
  ])("%s", async (_, secret) => {
    const { status, rule } = await refusedAs({ headers: { "hop-authorizer": secret } });
    expect(status).toBe(403);
    expect(["authorizer_untrusted", "misdirected_request", "original_malformed"]).toContain(rule);
  });
  test("and its request is not read: the proof can still be used, and nothing is recorded", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const chain = await chainNow({ 0: { claims: { txn } } });
    const dpop = await proofFor(EDGE, chain, {});
    expect((await ask({ chain, headers: { dpop, "hop-authorizer": "guess" } })).status).toBe(403);
    expect((await ask({ chain, headers: { dpop } })).status).toBe(200);
    expect(await recordsOf(world, txn, 1)).toHaveLength(1);
  });
});

describe("a route that another proxy forwards", () => {
  test.each(["/elsewhere/17", "/orders/elsewhere/17"])("%s is not served by the gateway itself", async (path) => {
    const refusal = await refusalOf(await call(world, { path }));
    expect(refusal).toMatchObject({ status: 421, rule: "route_elsewhere" });
  });
  test("is recorded as forwarded by that proxy", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const answer = await ask({ path: "/elsewhere/17", chain: await chainNow({ 0: { claims: { txn } } }) });
    expect(answer.status).toBe(200);
    const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
    expect(record).toMatchObject({
      outcome: "allowed",
      status: 200,
      request: { route: "elsewhere", proxy: "traefik" },
    });
  });
});

describe("Envoy asks with the original's method and host, and its path behind /authorize:", () => {
  const asEnvoy = async (
    path: string,
    options: Asked & { readonly host?: string; readonly prefix?: string } = {},
  ): Promise<RawAnswer> => {
    const { method = "GET", host = "api.acme.example", prefix = "/authorize" } = options;
    const proof = { htu: EDGE.url + path.replace(/\?.*/, ""), ...options.proof };
    return rawCall(world, {
      path: prefix + path,
      method,
      host,
      proof,
      headers: { "hop-authorizer": SECRETS.ENVOY_SECRET },
    });
  };

  test("a request passes", async () => {
    const { status, headers } = await asEnvoy("/orders/17?part=2");
    expect(status).toBe(200);
    expect(headers["authorization"]).toMatch(/^Bearer ey/);
  });
  test("by its method", async () => {
    expect((await asEnvoy("/orders/17", { method: "POST" })).status).toBe(200);
    expect((await asEnvoy("/orders/17", { method: "POST", proof: { htm: "GET" } })).status).toBe(401);
  });
  test.each([
    "/orders/../refunds",
    "//orders/17",
    "/orders/%2e%2e/refunds",
    "/orders/17;x",
    "/Orders/17",
    "/authorize/orders/17",
    "",
  ])("%o does not", async (path) => {
    expect((await asEnvoy(path)).status).toBe(403);
  });
  test("nor does another host", async () => {
    expect((await asEnvoy("/orders/17", { host: "other.example" })).status).toBe(403);
  });
  test("nor does a path that only begins like /authorize", async () => {
    expect((await asEnvoy("/orders/17", { prefix: "/authorizer" })).status).toBe(404);
  });
});
