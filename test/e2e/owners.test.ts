/** Who answers for a workload: in policies, on routes that require it, and where a registration has expired. */
import { readFile } from "node:fs/promises";
import { decodeJwt } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readPolicyFiles } from "../../policies/tool/files.ts";
import { publishPolicies } from "../../policies/tool/publish.ts";
import { CAST, keyNamed } from "../vectors/craft.ts";
import { rootOf, toAgent, toService, withHop } from "./chains.ts";
import {
  ADMIN_TOKEN,
  admin,
  call,
  castWorkloads,
  eventually,
  recordsOf,
  refusalOf,
  seenBy,
  startWorld,
  type World,
} from "./harness.ts";
import { exchange, grantedBy, personToken, post, registerCast } from "./oauth.ts";

const POLICY = `
@id("staging-reads-nothing")
@reason("not from staging")
forbid (principal, action == Action::"orders:read", resource)
when { principal is Workload && principal has environment && principal.environment == "staging" };

@id("no-job-of-strangers")
@reason("another owner")
forbid (principal, action == Action::"orders:read", resource)
when { principal is Workload && principal has type && principal has owner && principal.type == "job" && principal.owner != "tests" };

@id("no-contractors")
@reason("contractors read no orders")
forbid (principal, action == Action::"orders:read", resource)
when { context has claims && context.claims has contractor && context.claims.contractor };

@id("unowned-reads-no-secret")
@reason("somebody in the chain has no owner")
forbid (principal, action == Action::"orders:read", resource)
when { context.path like "/*/secret" } unless { context.unowned.isEmpty() };
`;

const OWNED = `
[[routes]]
id = "owned"
api = "orders-api"
path = "/owned/*"
upstream = "UPSTREAM"
audience = "https://orders.acme.example"
sensitivity = "low"
actors = "told"
owners = "required"
proof = ["dpop", "bearer"]
[routes.methods]
GET = { action = "orders:read", scopes = ["orders:read"] }
`;

let world: World;
beforeAll(async () => {
  world = await startWorld({
    edit: (config) => {
      const upstream = /^upstream = "(http:[^"]+)"/m.exec(config)?.[1] as string;
      return `${config.replace('[[issuers]]\nissuer = "https://idp.acme.example"\n', '$&policy_claims = { contractor = "bool", roles = "strings" }\n')}${OWNED.replace("UPSTREAM", upstream)}`;
    },
  });
  const files = await readPolicyFiles("policies");
  const cedarText = (await readFile("policies/acme.cedar", "utf8")) + POLICY;
  const schemaText = files.schemaText.replace(
    "type Claims = {};",
    "type Claims = { contractor?: Bool, roles?: Set<String> };",
  );
  const source = { ...files, cedarText, schemaText };
  await registerCast(world);
  await publishPolicies(source, { gateway: world.url, adminToken: ADMIN_TOKEN }, world.publisher);
});
afterAll(() => world.stop());

/** Registers a workload of the cast again, with more about it, and waits until the gateway knows. */
async function describeWorkload(name: string, more: Record<string, unknown>): Promise<void> {
  const known = (await castWorkloads()).find((workload) => workload.name === name);
  expect((await admin(world, `registry/${encodeURIComponent(name)}`, { ...known, ...more }, "PUT")).status).toBe(200);
}
const plain = (name: string): Promise<void> => describeWorkload(name, {});

/** alice, the app, the support agent, the refund service. */
async function chain(claims: Record<string, unknown> = {}): Promise<string> {
  return withHop(await withHop(await rootOf({ claims }), toAgent), toService);
}
/** A token for alice at the app, which the support agent may exchange. */
const personsRoot = (): Promise<string> => personToken({ act: { sub: CAST.app } });
const ask = async (text: string, path = "/orders/17"): Promise<Response> => call(world, { chain: text, path });

describe("what the registry says of the caller", () => {
  test("reaches the policies as attributes of the principal, beside the groups of the published set", async () => {
    await describeWorkload(CAST.service, { environment: "staging", type: "service" });
    expect(await refusalOf(await ask(await chain()))).toMatchObject({
      rule: "policy_denied",
      description: "not from staging (policy_denied)",
    });
    await describeWorkload(CAST.service, { environment: "production", type: "service" });
    expect((await ask(await chain())).status).toBe(200);
    await describeWorkload(CAST.service, { type: "job", owner: "somebody else" });
    expect((await refusalOf(await ask(await chain()))).description).toContain("another owner");
    await plain(CAST.service);
  });

  test("stands in the ledger with the question that the policies were asked", async () => {
    await describeWorkload(CAST.service, {
      environment: "production",
      type: "service",
      expires: "2099-01-01T00:00:00Z",
    });
    const txn = `task-${crypto.randomUUID()}`;
    expect((await ask(await chain({ txn }))).status).toBe(200);
    const [record] = await recordsOf(world, txn, 1);
    expect(record).toMatchObject({
      decision: {
        question: {
          entities: [
            { uid: { type: "Route", id: "orders" } },
            {
              uid: { type: "Workload", id: CAST.service },
              attrs: {
                owner: "tests",
                purpose: "tests",
                environment: "production",
                type: "service",
                expires: { __extn: { fn: "datetime", arg: "2099-01-01T00:00:00.000Z" } },
              },
            },
          ],
          request: { context: { unowned: [] } },
        },
      },
    });
    await plain(CAST.service);
  });
});

describe("an actor without an owner", () => {
  const stranger = { from: CAST.agent, by: "agent", to: "spiffe://elsewhere.example/worker", key: "service" };
  const withStranger = async (): Promise<string> => withHop(await withHop(await rootOf(), toAgent), stranger);
  const child = { ...stranger, to: `${CAST.agent}/run-1` };

  test("is refused with its hop where the route requires owners, and passes where it does not", async () => {
    expect(await refusalOf(await ask(await withStranger(), "/owned/17"))).toMatchObject({
      status: 403,
      rule: "actor_unowned",
      description: "hop 2: the registry names no owner of an actor, and the route requires one (`sub`, actor_unowned)",
    });
    const { rule } = await refusalOf(await ask(await withStranger(), "/told/17"));
    expect(rule).toBe("policy_denied");
    expect((await ask(await chain(), "/owned/17")).status).toBe(200);
  });

  test("is not its delegator's to give an owner: a borrowed name has none", async () => {
    // The name is registered, with another key than the hop carries.
    const borrowed = { ...stranger, to: CAST.service, key: "nightly" };
    const text = await withHop(await withHop(await rootOf(), toAgent), borrowed);
    const answer = await call(world, { chain: text, path: "/owned/17", key: await keyNamed("nightly") });
    expect(await refusalOf(answer)).toMatchObject({ rule: "actor_unowned" });
  });

  test("does nothing that its delegator's owner has taken from the delegator", async () => {
    await describeWorkload(CAST.agent, { actions: ["refunds:write"] });
    expect(await refusalOf(await ask(await withStranger(), "/told/17"))).toMatchObject({ rule: "action_narrowed" });
    await plain(CAST.agent);
  });

  test("is no child of an actor that has an owner", async () => {
    const text = await withHop(await withHop(await rootOf(), toAgent), child);
    // Nothing permits the child; what counts is that it is not refused before the policies.
    expect(await refusalOf(await ask(text, "/owned/17"))).toMatchObject({ rule: "policy_denied" });
  });

  test("is told to the policies", async () => {
    // Known by its issuer's word alone, and in no registry.
    const text = await chain();
    expect((await ask(text, "/orders/secret")).status).toBe(200);
    const own = await rootOf({ claims: { client_id: "portal" } });
    const through = await withHop(own, { ...toAgent, from: "portal" });
    const refused = await ask(await withHop(through, toService), "/orders/secret");
    expect((await refusalOf(refused)).description).toContain("somebody in the chain has no owner");
  });
});

describe.each([
  ["has expired", { expires: "2026-01-01T00:00:00Z" }, "actor_expired"],
  ["is disabled", { disabled: true }, "actor_disabled"],
] as const)("an actor whose registration %s", (_, ended, rule) => {
  afterEach(async () => {
    for (const name of [CAST.app, CAST.agent, CAST.service]) await plain(name);
  });

  test.each([
    ["the caller", CAST.service, 2],
    ["an actor in the middle", CAST.agent, 1],
    ["the origin, whom the root's issuer names", CAST.app, 0],
  ] as const)("is refused by name: %s", async (_, name, hop) => {
    await describeWorkload(name, ended);
    const txn = `task-${crypto.randomUUID()}`;
    const refusal = await refusalOf(await ask(await chain({ txn })));
    expect(refusal).toMatchObject({ status: 401, error: "invalid_token", rule });
    expect(refusal.description).toMatch(
      new RegExp(
        `^hop ${hop}: the registration of an actor ${rule === "actor_disabled" ? "is disabled" : "has expired"}`,
      ),
    );
    expect((await recordsOf(world, txn, 1))[0]).toMatchObject({ rule, outcome: "denied" });
    await plain(name);
    expect((await ask(await chain())).status).toBe(200);
  });

  test("is not brought back by a delegator who tells the name on a route that takes told ones", async () => {
    await describeWorkload(CAST.service, ended);
    expect(await refusalOf(await ask(await chain(), "/told/17"))).toMatchObject({ rule });
  });

  test("acts in no chain whose root the gateway has issued", async () => {
    const form = { subject_token: await personsRoot(), audience: CAST.gateway };
    const { access_token: root } = await grantedBy(await exchange(world, form));
    const read = () => fetch(`${world.url}/owned/17`, { headers: { authorization: `Bearer ${root}` } });
    expect((await read()).status).toBe(200);
    await describeWorkload(CAST.app, ended);
    expect(await refusalOf(await read())).toMatchObject({ status: 401, rule });
  });

  test("gets nothing at the token endpoint, and what it got is not active", async () => {
    const { access_token: token } = await grantedBy(await exchange(world, { subject_token: await personsRoot() }));
    const isActive = async () =>
      ((await (await post(world, "/oauth/introspect", { token })).json()) as { active: boolean }).active;
    expect(await isActive()).toBe(true);
    await describeWorkload(CAST.app, ended);
    for (const subject_token of [await personsRoot(), token]) {
      const answer = await exchange(world, { subject_token });
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain(rule);
    }
    expect(await isActive()).toBe(false);
  });

  test.each([
    ["a token that it got", "revoke"],
    ["its task", "tasks/TXN/end"],
  ])("does not keep a client from ending %s, which stays ended when the actor is back", async (_, path) => {
    const txn = `task-${crypto.randomUUID()}`;
    const subject_token = await personToken({ act: { sub: CAST.app }, txn });
    const { access_token: token } = await grantedBy(await exchange(world, { subject_token }));
    await describeWorkload(CAST.app, ended);
    expect((await post(world, `/oauth/${path.replace("TXN", txn)}`, { token })).status).toBe(200);
    await plain(CAST.app);
    const again = await exchange(world, { subject_token: token });
    expect([again.status, await again.text()]).toEqual([400, expect.stringContaining("was revoked")]);
  });
});

describe("a registration that ends while it is used", () => {
  test("is seen to expire without a change of the registry", async () => {
    const ends = new Date(Date.now() + 8_000).toISOString();
    await describeWorkload(CAST.service, { expires: ends });
    const text = await chain();
    expect((await ask(text)).status).toBe(200);
    const refused = await eventually(
      () => ask(text),
      ({ status }) => status !== 200,
    );
    expect(await refusalOf(refused)).toMatchObject({ rule: "actor_expired" });
    await plain(CAST.service);
  });
});

describe("claims of the root that the configuration names", () => {
  test("reach the policies, and no others do", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    expect((await ask(await chain({ txn, contractor: false, roles: ["a", "b"], salary: 1 }))).status).toBe(200);
    const [record] = await recordsOf(world, txn, 1);
    expect(record).toMatchObject({
      decision: { question: { request: { context: { claims: { contractor: false, roles: ["a", "b"] } } } } },
    });
    expect(JSON.stringify(record)).not.toContain("salary");
    expect((await refusalOf(await ask(await chain({ contractor: true })))).description).toContain("contractors");
  });

  test("are refused with the claim's name where one has another type", async () => {
    expect(await refusalOf(await ask(await chain({ contractor: "no" })))).toMatchObject({
      status: 401,
      rule: "root_refused",
      description: expect.stringContaining("`contractor`"),
    });
    expect(await refusalOf(await ask(await chain({ roles: ["a", 1] })))).toMatchObject({ rule: "root_refused" });
  });

  test("are not lost in an exchange, and a hop cannot add any", async () => {
    const root = await rootOf({ claims: { contractor: true } });
    const hop = await withHop(await withHop(root, { ...toAgent, claims: { contractor: false } }), toService);
    expect((await refusalOf(await ask(hop))).description).toContain("contractors");

    const { access_token: exchanged } = await grantedBy(
      await exchange(world, { subject_token: await personToken({ contractor: true }), scope: "orders:read" }),
    );
    expect(decodeJwt(exchanged)).toMatchObject({ root_claims: { contractor: true } });
  });

  test("stand in the narrowed token", async () => {
    const seen = await seenBy(await ask(await chain({ contractor: false })));
    const token = String(seen.headers["authorization"]).slice(7);
    expect(decodeJwt(token)["root_claims"]).toEqual({ contractor: false });
  });
});
