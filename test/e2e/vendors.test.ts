/** Vendors that know one all-powerful key: the gateway has it, and decides which requests use it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSession } from "../../cli/people.ts";
import { CAST } from "../vectors/craft.ts";
import { ADMIN_TOKEN, call, chainNow, readiness, recordsOf, refusalOf, startWorld, type World } from "./harness.ts";
import { SPELLINGS, VENDOR_SECRETS } from "./vendor.ts";

let world: World;
beforeAll(async () => {
  const unset = `
[[routes]]
id = "customers-unset"
api = "crm-api"
path = "/crm-unset/*"
upstream = "https://crm.vendor.example"
audience = "https://crm.vendor.example"
sensitivity = "medium"
methods = { GET = { action = "crm:read", scopes = ["crm:read"] } }
credential = { kind = "header", secret = "CRM_KEY_THAT_NOBODY_SET" }
[[routes]]
id = "customers-replaced"
api = "crm-api"
path = "/crm-replaced/*"
upstream = "VENDOR"
audience = "https://replaced.vendor.example"
sensitivity = "medium"
methods = { GET = { action = "crm:read", scopes = ["crm:read"] } }
credential = { kind = "header", secret = "OLD_CRM_KEY", name = "X-Api-Key" }
[secrets.OLD_CRM_KEY]
since = 2026-01-01
max_age_days = 90
next = "NEW_CRM_KEY"
[secrets.CRM_KEY_THAT_NOBODY_SET]
since = 2020-01-01T00:00:00Z
max_age_days = 30
`;
  world = await startWorld({
    edit: (config) => {
      const vendor = /^upstream = "(http:[^"]+\/vendor\/header)"/m.exec(config)?.[1] as string;
      return config + unset.replace("VENDOR", vendor);
    },
    secrets: { OLD_CRM_KEY: "ended at the vendor", NEW_CRM_KEY: VENDOR_SECRETS.CRM_KEY },
  });
});
afterAll(() => world.stop());

const newTask = (): string => `task-${crypto.randomUUID()}`;
/** alice -> app -> support agent -> service, with these scopes all the way. */
function chainWith(scope: string, txn = newTask(), claims: Record<string, unknown> = {}): Promise<string> {
  return chainNow({
    0: { claims: { txn, scope, ...claims } },
    1: { claims: { scope } },
    2: { claims: { scope } },
  });
}
const read = async (path: string, scope = "crm:read", headers: Record<string, string> = {}): Promise<Response> =>
  call(world, { path, chain: await chainWith(scope), headers });

describe("an agent that may only read", () => {
  test("reads with a key that it never sees", async () => {
    const answer = await read("/crm/customers/7");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ name: "Grace" });
  });

  test.each([
    ["its chain has no scope to write", "crm:read", "scope_insufficient"],
    ["its chain has the scope, but its task is another", "crm:read crm:write", "policy_denied"],
  ])("is refused a write: %s; the ledger records who, for whom, under which task", async (_, scope, rule) => {
    const txn = newTask();
    const chain = await chainWith(scope, txn);
    const refused = await call(world, { method: "PUT", path: "/crm/customers/7", chain, body: "{}" });
    expect(await refusalOf(refused)).toMatchObject({ status: 403, description: expect.stringContaining(`(${rule})`) });
    const [record] = await recordsOf(world, txn, 1);
    expect(record).toMatchObject({
      outcome: "denied",
      rule,
      chain: {
        txn,
        subject: { sub: "alice" },
        actors: [{ sub: CAST.app }, { sub: CAST.agent }, { sub: CAST.service }],
        purpose: "customer-support/refund",
      },
      request: { route: "customers", method: "PUT", path: "/crm/customers/7" },
    });
  });

  test("may write in another task, with the same key", async () => {
    const chain = await chainWith("crm:read crm:write", newTask(), { tctx: { purpose: "account-change/address" } });
    expect((await call(world, { method: "PUT", path: "/crm/customers/7", chain, body: "{}" })).status).toBe(200);
  });
});

describe("the credential", () => {
  test.each(["/crm", "/crm-query", "/crm-basic", "/crm-hmac", "/crm-oauth"])(
    "of %s is accepted by the vendor",
    async (path) => {
      expect((await read(`${path}/customers/7?page=2`)).status).toBe(200);
    },
  );

  test("signs the body with HMAC if the vendor requires it", async () => {
    const chain = await chainWith("crm:read");
    const answer = await call(world, { method: "POST", path: "/crm-hmac/search", chain, body: '{"name":"Grace"}' });
    expect(answer.status).toBe(200);
  });

  test("by client credentials is fetched once for many requests", async () => {
    const told = await Promise.all(Array.from({ length: 8 }, async () => (await read("/crm-oauth/echo")).text()));
    // Redacted, but of equal length: nobody asked for a second token.
    for (const text of told) expect(text).toContain(`Bearer ${"*".repeat("vendor-token-1".length)}`);
  });

  test("by client credentials that the vendor revoked is requested again", async () => {
    expect((await read("/crm-oauth/end-token")).status).toBe(200);
    const refused = await refusalOf(await read("/crm-oauth/customers/7"));
    expect(refused).toMatchObject({ status: 502, description: expect.stringContaining("credential_refused") });
    expect((await read("/crm-oauth/customers/7")).status).toBe(200);
  });

  test.each(["/crm", "/crm-query", "/crm-basic", "/crm-hmac", "/crm-oauth"])(
    "of %s is not returned, whatever the vendor answers",
    async (path) => {
      const answer = path === "/crm" ? await read(`${path}/echo`, "crm:read crm:contact") : await read(`${path}/echo`);
      expect(answer.status).toBe(200);
      const text = (await answer.text()) + JSON.stringify([...answer.headers]);
      const { CRM_KEY, CRM_LOGIN } = VENDOR_SECRETS;
      for (const secret of [
        CRM_KEY,
        encodeURIComponent(CRM_KEY),
        new URLSearchParams({ "": CRM_KEY }).toString().slice(1),
        CRM_LOGIN,
        "pass:word",
        "vendor-token-",
        btoa(CRM_LOGIN),
      ])
        expect(text).not.toContain(secret);
      expect(answer.headers.get("set-cookie")).toBeNull();
      if (path === "/crm") expect(text).toContain("*".repeat(CRM_KEY.length));
    },
  );

  test("is not returned in a redirect", async () => {
    const answer = await read("/crm-query/moved");
    expect([answer.status, answer.headers.get("location")]).toEqual([302, null]);
  });

  test("is sent to the vendor without tokens, names or cookies of the caller", async () => {
    const sent = await read("/crm/echo", "crm:read crm:contact", { cookie: "mine=1", "x-api-key": "my own" });
    const { headers } = JSON.parse(await sent.text()) as { headers: Record<string, string> };
    for (const name of ["authorization", "cookie", "hop-subject", "hop-chain", "hop-txn", "dpop"])
      expect(headers).not.toHaveProperty(name);
    expect(headers["x-api-key"]).toMatch(/^\*+$/);
  });

  test.each(Object.keys(SPELLINGS))("is not returned in another form: %s", async (way) => {
    const answer = await read(`/crm/${way}`, "crm:read crm:contact");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-told")).toBeNull();
    const text = await answer.text();
    expect(text).toContain("key: ");
    expect(text).not.toContain(SPELLINGS[way]);
    expect(text.match(/\*+/)?.[0]?.length).toBeGreaterThan(20);
  });

  test("is not returned in parts: a vendor route asks for no ranges, and accepts no partial answers", async () => {
    const whole = await read("/crm/range", "crm:read crm:contact", { range: "bytes=0-24", "if-range": '"1"' });
    expect(whole.status).toBe(200);
    expect(await whole.text()).toMatch(/^\{"api_key":"\*+"\}$/);
    const refused = await refusalOf(await read("/crm/part", "crm:read crm:contact"));
    expect(refused).toMatchObject({ status: 502, description: expect.stringContaining("answer_unfiltered") });
  });

  test.each(["deflate", "zstd"])(
    "is not returned in an encoding that the gateway cannot decode: %s",
    async (encoding) => {
      const refused = await refusalOf(await read(`/crm/${encoding}`, "crm:read crm:contact"));
      expect(refused).toMatchObject({ status: 502, description: expect.stringContaining("answer_unfiltered") });
    },
  );

  test("is not returned in the status text", async () => {
    const answer = await read("/crm/phrase", "crm:read crm:contact");
    expect([answer.status, answer.statusText]).toEqual([200, "OK"]);
  });

  test("is the only parameter of its name in a query, however the caller writes it; all others are sent unchanged", async () => {
    const answer = await read("/crm-query/echo?page=2&key=mine&KEY=mine&%6bey=mine&q=a+b%20c");
    const { url } = JSON.parse(await answer.text()) as { url: string };
    expect(url).toMatch(/^\/vendor\/query\/crm-query\/echo\?page=2&q=a\+b%20c&key=\*+$/);
  });

  test("is sent with only those headers of the caller that describe the content and the wanted answer", async () => {
    const names = ["sudo", "stripe-account", "x-on-behalf-of", "x-http-method-override", "x_api_key", "cache-control"];
    const headers = Object.fromEntries(names.map((name) => [name, "mine"]));
    const text = await (
      await read("/crm/echo", "crm:read crm:contact", { ...headers, "accept-language": "de" })
    ).text();
    const told = (JSON.parse(text) as { headers: Record<string, string> }).headers;
    for (const name of names) expect(told).not.toHaveProperty(name);
    expect(told["accept-language"]).toBe("de");
  });

  test("that is not set is answered 503, and readiness reports it", async () => {
    const refused = await refusalOf(await read("/crm-unset/customers/7"));
    expect(refused).toMatchObject({ status: 503, description: expect.stringContaining("credential_unavailable") });
    const { problems } = (await (await readiness(world)).json()) as { problems: string[] };
    expect(problems).toEqual(["the secret CRM_KEY_THAT_NOBODY_SET is not set"]);
  });

  test("is the next one as soon as that is set, and operators are warned about both", async () => {
    expect((await read("/crm-replaced/customers/7")).status).toBe(200);
    const { warnings } = (await (await readiness(world)).json()) as { warnings: string[] };
    expect(warnings).toContain(
      "the secret NEW_CRM_KEY is used instead of OLD_CRM_KEY: revoke the old one at the vendor, and set OLD_CRM_KEY to the new value",
    );
    expect(warnings).toContain("the secret CRM_KEY_THAT_NOBODY_SET was due to be replaced on 2020-01-31");
    const session = await startSession(
      { gateway: world.url, adminToken: ADMIN_TOKEN },
      { name: "anna", groups: ["security"] },
    );
    const answer = await fetch(`${world.url}/console/workloads`, { headers: { authorization: `Bearer ${session}` } });
    const page = await answer.text();
    for (const told of ["OLD_CRM_KEY", "the credential of route customers-replaced", "2020-01-31"])
      expect(page).toContain(told);
    for (const secret of ["ended at the vendor", VENDOR_SECRETS.CRM_KEY]) expect(page).not.toContain(secret);
  });

  test("is in no record", async () => {
    const txn = newTask();
    await (await call(world, { path: "/crm/customers/7", chain: await chainWith("crm:read", txn) })).text();
    expect(JSON.stringify(await recordsOf(world, txn, 1))).not.toContain("all-powerful");
  });
});

describe("data that a caller may not see", () => {
  test("is removed from headers and body, and numbers keep every digit", async () => {
    const answer = await read("/crm/customers/7");
    expect(answer.headers.get("x-contact")).toBeNull();
    expect(answer.headers.get("etag")).toBeNull();
    expect(await answer.text()).toBe(
      '{"id":12345678901234567890,"name":"Grace","contacts":[{"kind":"home"},{"kind":"work"}]}',
    );
  });
  test("is returned to a caller with the scope", async () => {
    const answer = await read("/crm/customers/7", "crm:read crm:contact");
    expect(answer.headers.get("x-contact")).toBe("1");
    expect(await answer.text()).toContain("grace@example.com");
  });
  test("is removed from compressed answers, and so is the credential", async () => {
    expect(await (await read("/crm/gzip")).json()).toEqual({ name: "Grace", key: expect.stringMatching(/^\*+$/) });
    const whole = await read("/crm/gzip", "crm:read crm:contact");
    expect(await whole.json()).toMatchObject({ email: "grace@example.com", key: expect.stringMatching(/^\*+$/) });
  });
  test("is not returned in a form that cannot be filtered either", async () => {
    const refused = await refusalOf(await read("/crm/csv"));
    expect(refused).toMatchObject({ status: 502, description: expect.stringContaining("answer_unfiltered") });
    expect(await (await read("/crm/csv", "crm:read crm:contact")).text()).toContain("grace@example.com");
  });
});

test("an actor that asks too often is refused with Retry-After; others are not", async () => {
  const path = "/crm-limited/customers/7";
  const answers: Response[] = [];
  for (let i = 0; i < 7; i++) answers.push(await read(path));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
  const refused = answers.find(({ status }) => status === 429) as Response;
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect(await refusalOf(refused)).toMatchObject({ description: expect.stringContaining("(rate_limited)") });
  const scope = "crm:read";
  const agent = await chainNow({ 0: { claims: { txn: newTask(), scope } }, 1: { claims: { scope } } }, 2);
  const { keyNamed } = await import("../vectors/craft.ts");
  expect((await call(world, { path, chain: agent, key: await keyNamed("agent") })).status).toBe(200);
});
