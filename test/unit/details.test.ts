/** Authorization details (RFC 9396): what a request needs, read from it, and whether a chain's cover it. */
import { describe, expect, test } from "vitest";
import { grantedDetails } from "../../worker/chain/details.ts";
import { readConfig } from "../../worker/config.ts";
import { covers, requireCovered } from "../../worker/gateway/coverage.ts";
import { type DetailSources, readDetails } from "../../worker/gateway/details.ts";
import type { NeededDetails } from "../../worker/presentation.ts";
import type { VerifiedChain } from "../../worker/types.ts";

const ROUTE = (operation: string, path = "/orders/:order/refunds") => `
[gateway]
id = "https://gateway.example"
[[issuers]]
issuer = "https://idp.example"
jwks_uri = "https://idp.example/jwks"
[[routes]]
id = "r"
api = "a"
path = "${path}"
upstream = "https://up.example"
audience = "https://up.example"
sensitivity = "low"
[routes.methods]
POST = { action = "x", ${operation} }
`;

const FULL = `details = { type = "refund", members = { order = "path.order", amount = { from = "body.money.amount", type = "long", compare = "at_most" }, dry = { from = "query.dry", type = "bool?" }, tags = { from = "body.tags", type = "strings?", compare = "subset" } } }`;

function operation(text: string) {
  const [route] = readConfig(ROUTE(text)).routes;
  return { route: route as NonNullable<typeof route>, operation: route?.methods.POST as never };
}

function read(body: string, changes: Partial<DetailSources> = {}): NeededDetails | undefined {
  const { route, operation: its } = operation(FULL);
  return readDetails(its, {
    route,
    path: "/orders/17/refunds",
    query: [],
    content: new TextEncoder().encode(body),
    contentType: "application/json",
    tool: undefined,
    ...changes,
  });
}

describe("what a request needs", () => {
  test("is read from path, query and body, each of its type", () => {
    const query = [{ name: "dry", value: "true" }];
    const needed = read('{"money":{"amount":12},"tags":["a"],"more":1}', { query, path: "/orders/a%20b/refunds" });
    expect(needed?.members).toEqual({ order: "a b", amount: 12, dry: true, tags: ["a"] });
  });

  test("may be absent if the configuration says so", () => {
    expect(read('{"money":{"amount":12}}')?.members).toEqual({ order: "17", amount: 12 });
  });

  test.each<[string, string, string, Partial<DetailSources>?]>([
    ["nothing where there is a body", "", "body"],
    ["a list", "[1]", "body"],
    ["another charset", '{"money":{"amount":1}}', "body", { contentType: "application/json; charset=latin1" }],
    ["a name that stands twice", '{"money":{"amount":1},"money":{"amount":2}}', "body"],
    ["no such member", '{"money":{}}', "body.money.amount"],
    ["no such object", "{}", "body.money.amount"],
    ["a list in its place", '{"money":[1]}', "body.money.amount"],
    ["a number as text", '{"money":{"amount":"1"}}', "body.money.amount"],
    ["a fraction", '{"money":{"amount":1.5}}', "body.money.amount"],
    ["a name in another case beside it", '{"money":{"amount":1,"Amount":2}}', "body.money.amount"],
    ["numbers among texts", '{"money":{"amount":1},"tags":["a",1]}', "body.tags"],
    ["a list of 20,000 texts", JSON.stringify({ money: { amount: 1 }, tags: Array(20_000).fill("a") }), "body.tags"],
    ["a parameter that stands twice", '{"money":{"amount":1}}', "query.dry", { query: twice("dry", "true") }],
    ["no boolean", '{"money":{"amount":1}}', "query.dry", { query: [{ name: "dry", value: "yes" }] }],
  ])("is refused if there is %s, with its path", (_, body, member, changes) => {
    expect(() => read(body, changes)).toThrow(expect.objectContaining({ rule: "detail_unreadable", member }));
  });

  function twice(name: string, value: string) {
    return [
      { name, value },
      { name, value },
    ];
  }
});

describe("a configuration is refused", () => {
  test.each([
    ["without such a parameter in its path", 'details = { type = "t", members = { a = "path.other" } }'],
    ["with arguments of no tool", 'details = { type = "t", members = { a = "arguments.a" } }'],
    ["with a source of nothing", 'details = { type = "t", members = { a = "header.a" } }'],
    ["that orders texts", 'details = { type = "t", members = { a = { from = "body.a", compare = "at_most" } } }'],
    ["with another word", 'details = "none"'],
  ])("%s", (_, text) => {
    expect(() => readConfig(ROUTE(text))).toThrow();
  });
});

describe("a detail covers", () => {
  const needs = (compare: string, type: string, value: unknown): NeededDetails => ({
    details: { type: "t", required: false, members: { m: { from: "body.m", type, compare } as never } },
    members: value === undefined ? {} : { m: value },
  });
  const decimal = (arg: string) => ({ __extn: { fn: "decimal", arg } });

  test.each<[string, string, unknown, unknown, boolean]>([
    ["equal", "string", "a", "a", true],
    ["equal", "string", "a", "b", false],
    ["equal", "string", "1", 1, false],
    ["equal", "bool", true, true, true],
    ["one_of", "string", "a", ["a", "b"], true],
    ["one_of", "string", "c", ["a", "b"], false],
    ["one_of", "string", "a", "abc", false],
    ["prefix", "string", "orders/17/items", "orders/17", true],
    ["prefix", "string", "orders/17", "orders/17", true],
    ["prefix", "string", "orders/170", "orders/17", false],
    ["prefix", "string", "orders/17", "orders/", true],
    ["prefix", "string", "orders/17/.hidden/a b", "orders/17", true],
    ["prefix", "string", "orders/17/../18", "orders/17", false],
    ["prefix", "string", "orders/17/..", "orders/17/", false],
    ["prefix", "string", "orders/17/..;x/18", "orders/17", false],
    ["prefix", "string", "orders/17/a\\..\\..\\18", "orders/17", false],
    ["prefix", "string", "orders/17/%2e%2E/18", "orders/17", false],
    ["prefix", "string", "orders/17/.%252e/18", "orders/17", false],
    ["prefix", "string", "orders/17/\uff0e\uff0e/18", "orders/17", false],
    ["at_most", "long", 5, 5, true],
    ["at_most", "long", 6, 5, false],
    ["at_most", "long", 5, "5", false],
    ["at_most", "decimal", decimal("4.9900"), 5, true],
    ["at_most", "decimal", decimal("5.0100"), 5, false],
    ["at_least", "long", 5, 5, true],
    ["at_least", "long", 4, 5, false],
    ["subset", "strings", ["a"], ["a", "b"], true],
    ["subset", "strings", [], ["a"], true],
    ["subset", "strings", ["a", "c"], ["a", "b"], false],
  ])("%s, %s: %j within %j: %j", (compare, type, needed, granted, expected) => {
    expect(covers({ type: "t", m: granted }, needs(compare, type, needed))).toBe(expected);
  });

  test.each<[string, Record<string, unknown>, unknown]>([
    ["another type", { type: "u", m: "a" }, "a"],
    ["a limit that is not known here", { type: "t", m: "a", currency: "EUR" }, "a"],
    ["nothing about what is needed", { type: "t" }, "a"],
    ["a limit on what the request does not name", { type: "t", m: "a" }, undefined],
  ])("not if it has %s", (_, detail, value) => {
    expect(covers(detail, needs("equal", "string?", value))).toBe(false);
  });
});

test("a token for a chain whose last hop has none has an empty list, which grants none", () => {
  const hops = (...claims: object[]) => claims.map((each) => ({ claims: each })) as never;
  const grant = { authorization_details: [{ type: "t" }] };
  expect(grantedDetails(hops(grant, {}))).toEqual([]);
  expect(grantedDetails(hops({}, {}))).toBeUndefined();
  expect(grantedDetails(hops(grant, grant))).toEqual([{ type: "t" }]);
});

describe("a chain", () => {
  const details = { type: "t", required: true, members: {} };
  const chain = (claims: object[], its: object = { details }): Pick<VerifiedChain, "hops" | "presentation"> =>
    ({
      hops: claims.map((each) => ({ claims: each })),
      presentation: {
        operation: its,
        needed: "details" in its && its.details !== "any" ? { details, members: {} } : undefined,
      },
    }) as never;
  const grant = { authorization_details: [{ type: "u" }, { type: "t" }] };

  test("may do what a detail of its last hop covers", () => {
    expect(() => requireCovered(chain([grant, grant]))).not.toThrow();
  });

  test.each<[string, Pick<VerifiedChain, "hops" | "presentation">, string]>([
    ["whose last hop dropped its details", chain([grant, {}]), "details_uncovered"],
    ["whose last hop kept others", chain([grant, { authorization_details: [{ type: "u" }] }]), "details_uncovered"],
    ["with details for an operation that needs none", chain([grant], {}), "details_uncovered"],
    ["without any if the route requires them", chain([{}]), "details_required"],
  ])("%s may not", (_, its, rule) => {
    expect(() => requireCovered(its)).toThrow(expect.objectContaining({ rule }));
  });

  test("with details may do an operation that leaves them to the upstream", () => {
    expect(() => requireCovered(chain([grant], { details: "any" }))).not.toThrow();
  });
});
