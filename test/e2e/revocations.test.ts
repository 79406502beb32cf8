/** `POST /admin/revocations`, the console and the command line: a known name is revoked, an unknown one is an error. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startSession } from "../../cli/people.ts";
import { CAST } from "../vectors/craft.ts";
import { nameOf } from "./chains.ts";
import { CLIENT } from "./clients.ts";
import { hopgate } from "./command-line.ts";
import {
  ADMIN_TOKEN,
  admin,
  call,
  chainNow,
  latestIat,
  ledgerNow,
  nowSeconds,
  recordsOf,
  refusalOf,
  startWorld,
  taskOf,
  type World,
} from "./harness.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const unique = (): string => crypto.randomUUID();
const chainFor = (claims: Record<string, unknown>): Promise<string> =>
  chainNow({ 0: { claims: { txn: `task-${unique()}`, jti: unique(), ...claims } } });
const revoke = (body: object): Promise<Response> => admin(world, "revocations", body);

/** Names that the registry has. */
async function register(): Promise<void> {
  for (const name of ["urn:acme:nightly", "https://agents.other.example/unused"]) {
    const workload = { name, jwks_uri: "https://keys.acme.example", owner: "o", purpose: "p" };
    expect((await admin(world, `registry/${encodeURIComponent(name)}`, workload, "PUT")).status).toBe(200);
  }
  const client = { ...CLIENT, client_id: "batch", actor: "urn:acme:batch-client" };
  expect((await admin(world, "clients/batch", client, "PUT")).status).toBe(200);
}

describe("a revocation by name ends", () => {
  type Named = readonly [string, () => Promise<readonly [chain: string, name: Record<string, string>]>];
  const NAMED: readonly Named[] = [
    [
      "a subject",
      async () => [await chainFor({ sub: "bob" }), { kind: "subject", issuer: CAST.issuer, sub: "bob" }] as const,
    ],
    [
      "a session",
      async () => [await chainFor({ sid: "s-1" }), { kind: "session", issuer: CAST.issuer, sid: "s-1" }] as const,
    ],
    ["a task", async () => [await chainFor({ txn: "task-x" }), { kind: "task", task: taskOf("task-x") }] as const],
    [
      "a token",
      async () => [await chainFor({ jti: "root-x" }), { kind: "token", issuer: CAST.issuer, jti: "root-x" }] as const,
    ],
    [
      "a hop",
      async () => {
        const chain = await chainFor({});
        return [chain, { kind: "hop", hash: nameOf(chain, 1) }] as const;
      },
    ],
  ];
  test.each(NAMED)("%s", async (_, make) => {
    const [chain, name] = await make();
    expect((await call(world, { chain })).status).toBe(200);
    const answer = await revoke({ ...name, reason: "test" });
    expect([answer.status, await answer.json()]).toEqual([200, { revoked: name }]);
    expect(await refusalOf(await call(world, { chain }))).toMatchObject({ status: 401, rule: "revoked" });
  });

  test("a task, and its ledger has the name", async () => {
    const task = taskOf(`task-${unique()}`);
    expect((await revoke({ kind: "task", task, reason: "test" })).status).toBe(200);
    expect(await recordsOf(world, task, 1)).toMatchObject([{ act: "revoked", about: { kind: "task", task } }]);
  });
});

describe("a mistyped revocation is an error, and revokes nothing:", () => {
  test.each<[string, object]>([
    ["no issuer", { kind: "subject", sub: "alice" }],
    ["a list of values", { kind: "subject", values: ["alice"] }],
    ["values of both forms", { kind: "subject", issuer: CAST.issuer, sub: "alice", values: ["alice"] }],
    ["another kind's field", { kind: "subject", issuer: CAST.issuer, sid: "s-1" }],
    ["an issuer that is not configured", { kind: "subject", issuer: "https://idp.acme.exmaple", sub: "alice" }],
    ["an empty name", { kind: "client", client_id: "" }],
    ["a hash that is none", { kind: "hop", hash: "abc" }],
    ["a task by its `txn`, which is not its identity", { kind: "task", task: "task-x" }],
    ["an unknown kind", { kind: "person", sub: "alice" }],
    ["no kind", {}],
    ["a reason that is no text", { kind: "task", task: taskOf("t"), reason: 1 }],
  ])("%s", async (_, body) => {
    const answer = await revoke(body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: "invalid_request", error_description: expect.any(String) });
  });

  test.each<[string, object, string, string]>([
    [
      "an actor of a trust domain that nobody knows",
      { kind: "actor", name: "spiffe://acme.exmaple/agents/support" },
      "`authority`: `spiffe://acme.exmaple` is not known to this gateway",
      "`spiffe://acme.example`",
    ],
    [
      "an actor of an origin for which nobody speaks",
      { kind: "actor", name: "https://app.acme.exmaple" },
      "`authority`: `https://app.acme.exmaple` is not known to this gateway",
      "`https://app.acme.example`",
    ],
    [
      "an authority that nobody knows",
      { kind: "actor", authority: "https://idp.acme.exmaple", name: "batch" },
      "`authority`: `https://idp.acme.exmaple` is not known to this gateway",
      "`https://idp.acme.example`",
    ],
    [
      "an actor that says no authority and is not registered",
      { kind: "actor", name: "urn:acme:nightyl" },
      "`name`: `urn:acme:nightyl` is not registered",
      "`urn:acme:nightly`",
    ],
    ["a client that is not registered", { kind: "client", client_id: "batsh" }, "`client_id`: `batsh`", "`batch`"],
    [
      "an issuer of clients that is not configured",
      { kind: "client", issuer: "https://idp.acme.exmaple", client_id: "batch" },
      "`issuer`: `https://idp.acme.exmaple` is not an issuer",
      "`https://idp.acme.example`",
    ],
  ])("%s: the error says which field, and what is known", async (_, body, field, known) => {
    await register();
    const answer = await revoke(body);
    expect(answer.status).toBe(400);
    const { error_description: told } = (await answer.json()) as { error_description: string };
    expect(told).toContain(field);
    expect(told).toContain(known);
    // Whoever means it says so.
    expect((await revoke({ ...body, unknown: true })).status).toBe(200);
  });

  test("known names are not refused: registered workloads and clients, and names under an authority", async () => {
    await register();
    for (const name of [
      { kind: "actor", name: "urn:acme:nightly" },
      { kind: "actor", name: "urn:acme:batch-client" },
      { kind: "actor", name: "spiffe://acme.example/agents/gone" },
      { kind: "actor", name: "https://agents.other.example/unused/child" },
      { kind: "actor", authority: CAST.issuer, name: "batch-app" },
      { kind: "client", client_id: "batch" },
      { kind: "client", issuer: CAST.issuer, client_id: "batch-app" },
    ])
      expect((await revoke({ ...name, reason: "test" })).status, JSON.stringify(name)).toBe(200);
  });

  test("nobody is revoked by any of these", async () => {
    expect((await call(world, { chain: await chainFor({}) })).status).toBe(200);
  });

  test("at the console: no issuer, one too many, and one that is not configured", async () => {
    const session = await startSession(
      { gateway: world.url, adminToken: ADMIN_TOKEN },
      { name: "otto", groups: ["platform"] },
    );
    const post = async (form: Record<string, string>): Promise<number> => {
      const answer = await fetch(`${world.url}/console/revocations`, {
        method: "POST",
        headers: { authorization: `Bearer ${session}`, origin: world.url },
        body: new URLSearchParams({ reason: "test", ...form }),
        redirect: "manual",
      });
      return answer.status;
    };
    expect(await post({ kind: "subject", sub: "carol" })).toBe(400);
    expect(await post({ kind: "task", issuer: CAST.issuer, task: taskOf("task-y") })).toBe(400);
    expect(await post({ kind: "subject", issuer: "https://idp.acme.exmaple", sub: "carol" })).toBe(400);
    expect(await post({ kind: "actor", name: "spiffe://acme.exmaple/agents/support" })).toBe(400);
    expect(await post({ kind: "client", client_id: "unheard-of" })).toBe(400);
    expect(await post({ kind: "client", client_id: "unheard-of", unknown: "on" })).toBe(302);
    expect(await post({ kind: "subject", issuer: CAST.issuer, sub: "carol" })).toBe(302);
    expect((await call(world, { chain: await chainFor({ sub: "carol" }) })).status).toBe(401);
  });

  test("at the command line: wrong usage, before the gateway is asked", async () => {
    const run = (...args: string[]) => hopgate(["revoke", ...args, "--gateway", world.url]);
    expect(await run("subject", "dave")).toMatchObject({ code: 2 });
    expect(await run("task", taskOf("task-z"), "more")).toMatchObject({ code: 2 });
    expect(await run("hop", "abc")).toMatchObject({ code: 1 });
    const mistyped = await run("actor", "spiffe://acme.exmaple/agents/support");
    expect(mistyped.code).toBe(1);
    expect(JSON.stringify(mistyped)).toContain("`authority`: `spiffe://acme.exmaple` is not known to this gateway");
    expect(await run("client", "to-come", "--unknown")).toMatchObject({ code: 0 });
    expect(await run("subject", CAST.issuer, "dave")).toMatchObject({ code: 0 });
    expect((await call(world, { chain: await chainFor({ sub: "dave" }) })).status).toBe(401);
  });
});

// Last, because it ends what the actors of every chain in this file have begun.
describe("a revocation of what is earlier", () => {
  const statusOf = async (claims: Record<string, unknown>): Promise<number> =>
    (
      await call(world, {
        chain: await chainNow({ 0: { claims: { txn: `task-${unique()}`, jti: unique(), ...claims } } }),
      })
    ).status;

  test.each([
    ["subject", { sub: "erin" }, { kind: "subject", issuer: CAST.issuer, sub: "erin" }],
    ["actor", {}, { kind: "actor", name: "spiffe://acme.example/agents/support" }],
  ])("ends what a %s began, and nothing that is issued later", async (_, claims, name) => {
    expect(await statusOf(claims)).toBe(200);
    expect((await revoke({ ...name, earlier: true })).status).toBe(200);
    expect(await statusOf({ ...claims, iat: nowSeconds() - 60 })).toBe(401);
    await expect.poll(() => statusOf({ ...claims, iat: latestIat() }), { interval: 250 }).toBe(200);
    expect(await statusOf({ ...claims, iat: nowSeconds() - 60 })).toBe(401);
  });

  test("does not lift a permanent one", async () => {
    const named = (sub: string) => ({ kind: "subject", issuer: CAST.issuer, sub });
    expect((await revoke(named("frank"))).status).toBe(200);
    for (const sub of ["frank", "heidi"]) expect((await revoke({ ...named(sub), earlier: true })).status).toBe(200);
    await expect.poll(() => statusOf({ sub: "heidi", iat: latestIat() }), { interval: 250 }).toBe(200);
    expect(await statusOf({ sub: "frank", iat: latestIat() })).toBe(401);
  });

  test("at the command line, and the ledger of the day says until when", async () => {
    const told = await hopgate(["revoke", "subject", CAST.issuer, "grace", "--earlier", "--gateway", world.url]);
    expect(told).toMatchObject({ code: 0, out: expect.stringContaining("as issued until now") });
    const today = (): string => `gateway:${new Date().toISOString().slice(0, 10)}`;
    const acts = async (): Promise<string> => (await ledgerNow(world, today())).map(({ record }) => record).join();
    await expect.poll(acts).toMatch(/"sub":"grace","reason":"","before":\d+/);
  });

  test.each([
    ["task", { kind: "task", task: "A".repeat(43) }, ["task", "A".repeat(43)]],
    ["token", { kind: "token", issuer: CAST.issuer, jti: "one" }, ["token", CAST.issuer, "one"]],
    ["hop", { kind: "hop", hash: "A".repeat(43) }, ["hop", "A".repeat(43)]],
  ])("is refused for a %s, and the command line has no such option", async (kind, name, given) => {
    const refused = await revoke({ ...name, earlier: true });
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining(`does not apply to a ${kind}`),
    ]);
    const told = await hopgate(["revoke", ...given, "--earlier", "--gateway", world.url]);
    expect(told).toMatchObject({ code: 2, out: expect.stringContaining("unknown option '--earlier'") });
  });

  test("is refused if it is not true or false", async () => {
    expect((await revoke({ kind: "subject", issuer: CAST.issuer, sub: "erin", earlier: "yes" })).status).toBe(400);
  });
});
