/** Tokens and signatures that vendors and clouds accept: for one audience, verified by published keys. */
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { CAST } from "../vectors/craft.ts";
import { call, chainNow, recordsOf, refusalOf, startWorld, type World } from "./harness.ts";
import { startTokenVendor, type TokenVendor } from "./token-vendor.ts";

let world: World;
let vendor: TokenVendor;
const log: string[] = [];

async function privateKey(alg: string): Promise<object> {
  const { privateKey: key } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(key)), alg, kid: `of-${alg}` };
}

beforeAll(async () => {
  const client = (await privateKey("ES256")) as Record<string, string>;
  const { d: _, ...published } = client;
  vendor = await startTokenVendor(published, CAST.gateway);
  const { url } = vendor;
  const route = (id: string, credential: string, api = "api"): string => `
[[routes]]
id = "${id}"
api = "crm-api"
path = "/${id}/*"
upstream = "${url}/${api}"
audience = "https://${id}.vendor.example"
sensitivity = "medium"
methods = { GET = { action = "crm:read", scopes = ["crm:read"] }, POST = { action = "crm:read", scopes = ["crm:read"] } }
credential = { ${credential} }
`;
  const exchange = `kind = "exchange", subjects = "${CAST.issuer}", client_id = "hopgate", audience = "${url}"`;
  const jwt = `secret = "CLIENT_KEY", auth = "private_key_jwt"`;
  world = await startWorld({
    log: (line) => log.push(line),
    secrets: {
      CLIENT_KEY: JSON.stringify(client),
      FEDERATION_KEYS: JSON.stringify({ keys: [await privateKey("RS256")] }),
    },
    edit: (config) =>
      [
        config,
        route(
          "by-key",
          `kind = "oauth", token_url = "${url}/token", client_id = "hopgate", audience = "${url}", ${jwt}`,
        ),
        route("exchanged", `${exchange}, grant = "token-exchange", token_url = "${url}/exchange", ${jwt}`),
        route("asserted", `${exchange}, grant = "jwt-bearer", token_url = "${url}/assertion"`),
        route(
          "aws",
          `kind = "aws", role_arn = "arn:aws:iam::123456789012:role/hopgate", region = "eu-west-1", service = "execute-api", sts_url = "${url}/sts"`,
          "aws",
        ),
        route(
          "google",
          `kind = "google", audience = "//iam.googleapis.com/projects/1/providers/hopgate", service_account = "robot@project.example", sts_url = "${url}/google/sts", iam_url = "${url}/google/iam"`,
        ),
        route(
          "azure",
          `kind = "azure", tenant = "tenant-1", client_id = "app-1", scope = ["https://graph.example/.default"], login_url = "${url}"`,
        ),
      ].join("\n"),
  });
  vendor.gateway = world.url;
});
afterAll(async () => {
  await Promise.all([world?.stop(), vendor?.stop()]);
});
beforeEach(() => vendor.gave.clear());

function chainOf(claims: Record<string, unknown> = {}): Promise<string> {
  const scope = "crm:read";
  const txn = `task-${crypto.randomUUID()}`;
  return chainNow({ 0: { claims: { txn, scope, ...claims } }, 1: { claims: { scope } }, 2: { claims: { scope } } });
}
async function read(route: string, chain?: string): Promise<Response> {
  return call(world, { path: `/${route}/customers?page=2&q=a%20b`, chain: chain ?? (await chainOf()) });
}
const whomOf = async (answer: Response): Promise<unknown> => ((await answer.json()) as { whom: unknown }).whom;

const ROUTES = ["by-key", "exchanged", "asserted", "aws", "google", "azure"];

describe.each(ROUTES)("the credential of %s", (route) => {
  test("is accepted, and is not returned, whatever the vendor answers", async () => {
    const answer = await read(route);
    const told = (await answer.text()) + JSON.stringify([...answer.headers]);
    expect([answer.status, told]).toEqual([200, expect.stringContaining("whom")]);
    for (const secret of vendor.secrets) expect(told).not.toContain(secret);
  });

  test("is requested again when the vendor no longer accepts it", async () => {
    const chain = await chainOf();
    expect((await read(route, chain)).status).toBe(200);
    vendor.endTokens();
    expect(await refusalOf(await read(route, chain))).toMatchObject({ status: 502, rule: "credential_refused" });
    expect((await read(route, chain)).status).toBe(200);
  });
});

test.each(["by-key", "aws", "google", "azure"])(
  "the gateway's own credential of %s is requested once",
  async (route) => {
    vendor.endTokens();
    await read(route);
    vendor.gave.clear();
    const answers = await Promise.all(Array.from({ length: 16 }, () => read(route)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 200));
    expect(Math.max(0, ...vendor.gave.values())).toBeLessThanOrEqual(1);
  },
);

describe("a token for the subject of a chain", () => {
  test.each(["exchanged", "asserted"])("names the person and the actors: %s", async (route) => {
    expect(await whomOf(await read(route))).toBe("alice");
    const endpoint = route === "exchanged" ? "exchange" : "assertion";
    expect(vendor.told.get(endpoint)).toMatchObject({
      sub: "alice",
      sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice" },
      act: { sub: CAST.service, act: { sub: CAST.agent, act: { sub: CAST.app } } },
    });
  });

  test("is never another person's, and is requested once for one chain", async () => {
    const [alices, bobs] = await Promise.all([chainOf(), chainOf({ sub: "bob" })]);
    const whom = await Promise.all(
      [alices, bobs, alices, bobs].map(async (chain) => whomOf(await read("asserted", chain))),
    );
    expect(whom).toEqual(["alice", "bob", "alice", "bob"]);
    expect(vendor.gave.get("assertion")).toBe(2);
  });

  test("is not requested for a person of the same name at another issuer", async () => {
    const named = { format: "iss_sub", iss: "https://partner.example", sub: "alice" };
    const refused = await refusalOf(await read("asserted", await chainOf({ sub_id: named })));
    expect(refused).toMatchObject({ status: 403, rule: "subject_foreign" });
    expect(vendor.gave.size).toBe(0);
  });
});

describe("the gateway as a workload", () => {
  test.each(["aws", "google", "azure"])(
    "has a token for %s from an issuer of its own, for that audience alone",
    async (route) => {
      vendor.endTokens();
      await read(route);
      await read(route);
      const { sub, iss, aud, exp, iat } = vendor.told.get(route) ?? {};
      expect([sub, iss]).toEqual([`route:${route}`, `${world.url}/federation`]);
      expect(aud).toBe(
        {
          aws: "sts.amazonaws.com",
          google: "//iam.googleapis.com/projects/1/providers/hopgate",
          azure: "api://AzureADTokenExchange",
        }[route],
      );
      expect((exp ?? 0) - (iat ?? 0)).toBe(300);
    },
  );

  test("publishes the public half of its keys, and signs nothing else with them", async () => {
    const { keys } = (await (await fetch(`${world.url}/federation/jwks.json`)).json()) as { keys: object[] };
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([["alg", "e", "kid", "kty", "n", "use"]]);
    const own = (await (await fetch(`${world.url}/.well-known/jwks.json`)).json()) as { keys: { kty: string }[] };
    expect(own.keys.map(({ kty }) => kty)).not.toContain("RSA");
  });

  test("signs bodies for AWS exactly as they were checked", async () => {
    // What is kept may be one that was ended.
    await read("aws");
    const chain = await chainOf();
    const answer = await call(world, { method: "POST", path: "/aws/search", chain, body: '{"name":"Grace"}' });
    expect(await answer.json()).toMatchObject({ body: '{"name":"Grace"}' });
  });
});

test("tokens, and a vendor's text about a refused token, are in no answer, ledger or log", async () => {
  const txn = `task-${crypto.randomUUID()}`;
  const chain = await chainOf({ txn });
  for (const route of ROUTES) await (await read(route, chain)).text();
  const everything = JSON.stringify(await recordsOf(world, txn, ROUTES.length)) + log.join("\n");
  expect(vendor.secrets.size).toBeGreaterThan(15);
  for (const secret of vendor.secrets) expect(everything).not.toContain(secret);
});
