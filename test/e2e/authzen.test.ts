/** OpenID AuthZEN Authorization API 1.0, section by section, over chains. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { CAST } from "../vectors/craft.ts";
import { KINDS, SECRETS } from "./asking-proxies.ts";
import { startAuthorizer } from "./authorizer-world.ts";
import { chainNow, proofFor, recordsOf, type World } from "./harness.ts";

/** The address that callers call: of a proxy, which asks. */
const EDGE = { url: KINDS.nginx.url };

let world: World;
beforeAll(async () => {
  world = await startAuthorizer({
    edit: (config) => `${config}
[[routes]]
id = "signed"
api = "orders-api"
path = "/signed"
upstream = "https://orders.acme.example"
audience = "https://orders.acme.example"
sensitivity = "low"
sign = true
methods = { GET = { action = "orders:read" } }
`,
  });
});
afterAll(() => world.stop());

interface Decided {
  readonly decision: boolean;
  readonly context: Readonly<Record<string, unknown>> & {
    readonly rule?: string;
    readonly headers?: Record<string, string>;
  };
}

const AUTHENTICATED = { authorization: `Bearer ${SECRETS.PORTAL_SECRET}` };

function ask(path: string, body: unknown, headers: Record<string, string> = AUTHENTICATED): Promise<Response> {
  return fetch(`${world.url}/access/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

async function decided(body: unknown, headers?: Record<string, string>): Promise<Decided> {
  const answer = await ask("evaluation", body, headers);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  return (await answer.json()) as Decided;
}

async function decidedAll(body: unknown): Promise<Decided[]> {
  const answer = await ask("evaluations", body);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { evaluations: Decided[] }).evaluations;
}

const person = (chain?: string) => ({
  type: "user",
  id: "alice",
  properties: { ...(chain !== undefined && { chain }) },
});
const ACTION = { name: "orders:read", properties: { method: "GET" } };
const order = (number: string) => ({
  type: "route",
  id: "orders",
  properties: { uri: `${EDGE.url}/orders/${number}` },
});

async function good(number = "17") {
  const chain = await chainNow();
  const proof = await proofFor(EDGE, chain, { path: `/orders/${number}` });
  return { subject: person(chain), action: ACTION, resource: order(number), context: { proof } };
}

describe("an evaluation", () => {
  test("is permitted with what the proxy then sends", async () => {
    const { decision, context } = await decided(await good());
    expect(decision).toBe(true);
    expect(context.headers).toMatchObject({
      authorization: expect.stringMatching(/^Bearer ey/),
      "hop-subject": '"alice";iss="https://idp.acme.example"',
      "hop-decision": `"${context["id"]}"`,
    });
  });
  test("is admitted and recorded", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const chain = await chainNow({ 0: { claims: { txn } } });
    const proof = await proofFor(EDGE, chain, {});
    const { context } = await decided({ ...(await good()), subject: person(chain), context: { proof } });
    const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
    expect(record).toMatchObject({
      id: context["id"],
      outcome: "allowed",
      request: { proxy: "portal", path: "/orders/17" },
    });
    expect(record?.decision?.question.request).toMatchObject({
      principal: { type: "Workload", id: CAST.service },
      action: { type: "Action", id: "orders:read" },
      resource: { type: "Route", id: "orders" },
    });
  });
  test("may name the action by the method", async () => {
    expect((await decided({ ...(await good()), action: { name: "GET" } })).decision).toBe(true);
  });
  test("may be about the workload that calls", async () => {
    const evaluation = await good();
    const subject = { type: "workload", id: CAST.service, properties: evaluation.subject.properties };
    expect((await decided({ ...evaluation, subject })).decision).toBe(true);
  });
  test("may have the chain as credential of the call", async () => {
    const chain = await chainNow();
    const headers = {
      "hop-authorizer": SECRETS.PORTAL_SECRET,
      authorization: `DPoP ${chain}`,
      dpop: await proofFor(EDGE, chain, {}),
    };
    const { context: _, ...evaluation } = { ...(await good()), subject: person() };
    expect((await decided(evaluation, headers)).decision).toBe(true);
  });
  test("ignores members that it does not know", async () => {
    const evaluation = await good();
    const context = { ...evaluation.context, time: "2026-11-26T18:03-07:00", futureField: { nested: [1] } };
    expect((await decided({ ...evaluation, context, foo: "bar", options: 7 })).decision).toBe(true);
  });

  test.each<[string, (evaluation: Awaited<ReturnType<typeof good>>) => object, string]>([
    ["without a chain", (e) => ({ ...e, subject: person(), context: {} }), "credential_missing"],
    ["without a proof of the chain", (e) => ({ ...e, context: {} }), "proof_not_accepted"],
    ["about another person", (e) => ({ ...e, subject: { ...e.subject, id: "bob" } }), "evaluation_mismatch"],
    [
      "about the same name of another issuer",
      (e) => ({
        ...e,
        subject: { ...e.subject, properties: { ...e.subject.properties, issuer: "https://other.example" } },
      }),
      "evaluation_mismatch",
    ],
    [
      "about another workload",
      (e) => ({ ...e, subject: { ...e.subject, type: "workload", id: CAST.agent } }),
      "evaluation_mismatch",
    ],
    [
      "about a kind of subject that nobody knows",
      (e) => ({ ...e, subject: { ...e.subject, type: "device" } }),
      "evaluation_mismatch",
    ],
    [
      "for another route than its address has",
      (e) => ({ ...e, resource: { ...e.resource, id: "refunds" } }),
      "evaluation_mismatch",
    ],
    [
      "for another kind of resource",
      (e) => ({ ...e, resource: { ...e.resource, type: "record" } }),
      "evaluation_mismatch",
    ],
    [
      "for another action than its method is",
      (e) => ({ ...e, action: { ...e.action, name: "refunds:write" } }),
      "evaluation_mismatch",
    ],
    [
      "with a proof for another method",
      (e) => ({
        ...e,
        resource: { type: "route", id: "refunds", properties: { uri: `${EDGE.url}/refunds` } },
        action: { name: "POST" },
      }),
      "proof_method",
    ],
    ["with a proof for another address", (e) => ({ ...e, resource: order("18") }), "proof_target"],
    [
      "for a host that is not the gateway's",
      (e) => ({ ...e, resource: { ...e.resource, properties: { uri: "https://other.example/orders/17" } } }),
      "misdirected_request",
    ],
    [
      "for a path with two readings",
      (e) => ({ ...e, resource: { ...e.resource, properties: { uri: `${EDGE.url}/orders/../orders/17` } } }),
      "path_ambiguous",
    ],
    ["for no address", (e) => ({ ...e, resource: { type: "route", id: "orders" } }), "original_malformed"],
    [
      "for a route whose bodies must be seen",
      (e) => ({ ...e, resource: { type: "route", id: "signed", properties: { uri: `${EDGE.url}/signed` } } }),
      "route_unseen",
    ],
    [
      "with an approval that is none",
      (e) => ({ ...e, context: { ...e.context, approval: "yes" } }),
      "approval_malformed",
    ],
    [
      "from an address that is none",
      (e) => ({ ...e, context: { ...e.context, ip: "10.0.0.1, 10.0.0.2" } }),
      "original_malformed",
    ],
    ["with a chain that no header can hold", (e) => ({ ...e, subject: person("a\nb") }), "credential_malformed"],
    ["with a chain of nobody", (e) => ({ ...e, subject: person("ey.ey.ey") }), "base64url_invalid"],
  ])("%s is denied", async (_, change, rule) => {
    const { decision, context } = await decided(change(await good()));
    expect(decision).toBe(false);
    expect(context.rule).toBe(rule);
    expect(context).not.toHaveProperty("headers");
  });
  test("is permitted once: its proof is spent", async () => {
    const evaluation = await good();
    expect((await decided(evaluation)).decision).toBe(true);
    expect((await decided(evaluation)).context.rule).toBe("proof_replayed");
  });
  test("whose subject is another's is on record, and its proof is spent", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const chain = await chainNow({ 0: { claims: { txn } } });
    const evaluation = {
      ...(await good()),
      subject: person(chain),
      context: { proof: await proofFor(EDGE, chain, {}) },
    };
    await decided({ ...evaluation, subject: { ...evaluation.subject, id: "bob" } });
    const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
    expect(record).toMatchObject({ outcome: "denied", rule: "evaluation_mismatch" });
    expect((await decided(evaluation)).context.rule).toBe("proof_replayed");
  });
  test("of a policy's denial tells how to ask again", async () => {
    const chain = await chainNow({ 2: { claims: { scope: "refunds:write" } } });
    const { context } = await decided({
      ...(await good()),
      subject: person(chain),
      context: { proof: await proofFor(EDGE, chain, {}) },
    });
    expect(context).toMatchObject({
      rule: "scope_insufficient",
      error: { status: 403 },
      www_authenticate: expect.stringContaining("orders:read"),
    });
  });
});

describe("several evaluations", () => {
  const each = async (number: string, change: object = {}) => {
    const { subject, resource, context } = await good(number);
    return { subject, resource, context, ...change };
  };

  test("are answered in their order, with what stands for all", async () => {
    const evaluations = [await each("1"), await each("2", { subject: person() }), await each("3")];
    const answers = await decidedAll({ action: ACTION, evaluations });
    expect(answers.map(({ decision }) => decision)).toEqual([true, false, true]);
  });
  test("share a chain, each with a proof of its own", async () => {
    const chain = await chainNow();
    const own = async (number: string) => ({
      resource: order(number),
      context: { proof: await proofFor(EDGE, chain, { path: `/orders/${number}` }) },
    });
    const answers = await decidedAll({
      subject: person(chain),
      action: ACTION,
      evaluations: [await own("1"), await own("2")],
    });
    expect(answers.map(({ decision }) => decision)).toEqual([true, true]);
  });
  test("do not share a proof: only the first is accepted", async () => {
    const { resource: _, ...rest } = await good();
    const answers = await decidedAll({ ...rest, evaluations: [{ resource: order("17") }, { resource: order("17") }] });
    expect(answers.map(({ context }) => context.rule)).toEqual([undefined, "proof_replayed"]);
  });
  test("replace what stands for all whole: the chain above is not that of a subject of its own", async () => {
    const above = await good();
    const answers = await decidedAll({ ...above, evaluations: [{ subject: person() }] });
    expect(answers.map(({ context }) => context.rule)).toEqual(["credential_missing"]);
  });
  test.each<[string, boolean[]]>([
    ["execute_all", [true, false, true]],
    ["deny_on_first_deny", [true, false]],
    ["permit_on_first_permit", [true]],
  ])("%s", async (semantics, expected) => {
    const evaluations = [await each("1"), await each("2", { subject: person() }), await each("3")];
    const options = { evaluations_semantic: semantics, another_option: "value" };
    const answers = await decidedAll({ action: ACTION, evaluations, options });
    expect(answers.map(({ decision }) => decision)).toEqual(expected);
  });
  test("what was not executed is not on record, and its proof is good", async () => {
    const [first, second] = [await each("1", { subject: person() }), await each("2")];
    const options = { evaluations_semantic: "deny_on_first_deny" };
    expect(await decidedAll({ action: ACTION, evaluations: [first, second], options })).toHaveLength(1);
    expect((await decided({ action: ACTION, ...second })).decision).toBe(true);
  });
  test.each([[{}], [{ evaluations: [] }]])("without evaluations are one: %o", async (none) => {
    const answer = await ask("evaluations", { ...(await good()), ...none });
    expect((await answer.json()) as Decided).toMatchObject({ decision: true });
  });
  test.each<[string, object]>([
    ["a member missing that nothing stands for", { evaluations: [{ resource: order("1") }] }],
    ["unknown semantics", { evaluations: [{}], options: { evaluations_semantic: "any" } }],
    ["more than 32", { evaluations: Array.from({ length: 33 }, () => ({})) }],
    ["another than objects", { evaluations: ["a"] }],
  ])("are refused with %s", async (_, body) => {
    expect((await ask("evaluations", body)).status).toBe(400);
  });
});

describe("a call that is not valid is answered as text,", () => {
  test.each<[string, (e: object) => unknown]>([
    ["without subject", ({ ...e }: { subject?: unknown }) => ({ ...e, subject: undefined })],
    ["without action", (e) => ({ ...e, action: undefined })],
    ["without resource", (e) => ({ ...e, resource: undefined })],
    ["with a subject without type", (e) => ({ ...e, subject: { id: "alice" } })],
    ["with a subject without id", (e) => ({ ...e, subject: { type: "user" } })],
    ["with an action without name", (e) => ({ ...e, action: {} })],
    ["with a resource without type", (e) => ({ ...e, resource: { id: "orders" } })],
    ["with a resource without id", (e) => ({ ...e, resource: { type: "route" } })],
    ["with a subject that is text", (e) => ({ ...e, subject: "alice" })],
    ["with a name that is a number", (e) => ({ ...e, action: { name: 123 } })],
    [
      "with a chain that is no text",
      (e) => ({ ...e, subject: { type: "user", id: "alice", properties: { chain: 1 } } }),
    ],
    ["with properties that are a list", (e) => ({ ...e, subject: { type: "user", id: "alice", properties: [] } })],
    ["with a context that is text", (e) => ({ ...e, context: "now" })],
    ["of a list", (e) => [e]],
    ["that is not JSON", () => "{"],
    ["that is empty", () => ""],
    ["that names a member twice", () => '{"subject":{"type":"user","id":"alice","id":"bob"}}'],
  ])("400 %s", async (_, change) => {
    const answer = await ask("evaluation", change(await good()));
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain/);
    expect(await answer.text()).not.toMatch(/ey[A-Za-z0-9]{20}/);
  });
  test("400 with another content type", async () => {
    expect((await ask("evaluation", await good(), { ...AUTHENTICATED, "content-type": "text/plain" })).status).toBe(
      400,
    );
  });
  test("413 where it is too long", async () => {
    expect((await ask("evaluation", { padding: "x".repeat(1_100_000) })).status).toBe(413);
  });
  test.each<[string, Record<string, string>]>([
    ["nobody", {}],
    ["another secret", { authorization: `Bearer ${SECRETS.PORTAL_SECRET}x` }],
    ["a proxy that asks otherwise", { authorization: `Bearer ${SECRETS.NGINX_SECRET}` }],
    ["such a proxy by its header", { "hop-authorizer": SECRETS.NGINX_SECRET }],
    ["a caller with a chain alone", { authorization: "DPoP a.b.c" }],
  ])("401 for %s, before anything is read", async (_, headers) => {
    const answer = await ask("evaluation", "{", headers);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  });
  test("and whoever may ask here may not at /authorize", async () => {
    const answer = await fetch(`${world.url}/authorize`, { headers: { "hop-authorizer": SECRETS.PORTAL_SECRET } });
    expect(answer.status).toBe(403);
  });
});

test("the evaluation of docs/authorizer.md is permitted", async () => {
  const page = await readFile(new URL("../../docs/authorizer.md", import.meta.url), "utf8");
  const chain = await chainNow();
  const example = (/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "")
    .replace("CHAIN", chain)
    .replace("PROOF", await proofFor(EDGE, chain, {}))
    .replace("ORIGIN", EDGE.url);
  expect(await decided(example)).toMatchObject({ decision: true });
});

test("the request's identifier comes back, also of an error", async () => {
  for (const [body, headers] of [
    [await good(), AUTHENTICATED],
    ["{", AUTHENTICATED],
    ["{", {}],
  ] as const) {
    const answer = await ask("evaluation", body, { ...headers, "x-request-id": "bfe9eb29" });
    expect(answer.headers.get("x-request-id")).toBe("bfe9eb29");
    expect(answer.headers.get("cache-control")).toBe("no-store");
  }
});

test("the metadata name the endpoints under the address that was asked", async () => {
  const answer = await fetch(`${world.url}/.well-known/authzen-configuration`);
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  expect(await answer.json()).toEqual({
    policy_decision_point: world.url,
    access_evaluation_endpoint: `${world.url}/access/v1/evaluation`,
    access_evaluations_endpoint: `${world.url}/access/v1/evaluations`,
  });
});
