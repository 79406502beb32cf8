/**
 * The evaluator against Cedar itself (cedar-wasm): every operator and method over a table of expressions. What Cedar
 * answers at test time is what is expected.
 */
import { describe, expect, test } from "vitest";
import { checkPolicies } from "../../policies/tool/check.ts";
import { compilePolicies } from "../../policies/tool/compile.ts";
import type { EntityJson } from "../../worker/policy/format.ts";
import { askCedar, askOurs, type Call } from "./ask.ts";

const ENTITIES: readonly EntityJson[] = [
  { uid: { type: "Group", id: "all" }, attrs: {}, parents: [] },
  { uid: { type: "Group", id: "staff" }, attrs: {}, parents: [{ type: "Group", id: "all" }] },
  {
    uid: { type: "User", id: "ann" },
    attrs: {
      age: 30,
      name: "Ann",
      boss: { __entity: { type: "User", id: "bob" } },
      address: { city: "Bern" },
      roles: ["a", "b"],
    },
    parents: [{ type: "Group", id: "staff" }],
    tags: { team: "core", level: 3 },
  },
  { uid: { type: "User", id: "bob" }, attrs: {}, parents: [{ type: "Group", id: "all" }] },
  { uid: { type: "Doc", id: "d" }, attrs: { owner: { __entity: { type: "User", id: "ann" } } }, parents: [] },
];
const CALL = {
  principal: { type: "User", id: "ann" },
  action: { type: "Action", id: "read" },
  resource: { type: "Doc", id: "d" },
  context: {
    n: 5,
    s: "text",
    b: true,
    set: [1, 2, 3],
    rec: { x: 1, inner: { y: "z" } },
    ip: { __extn: { fn: "ip", arg: "10.1.2.3" } },
  },
} as unknown as Call;

/** Each becomes the condition of a permit: the same decision, and an error exactly where Cedar has one. */
const EXPRESSIONS = `
true | false | !true | !false | !1
true && false | true && true | false && 1 | true && 1 | 1 && true
true || 1 | false || true | false || 1 | false || false
1 == 1 | 1 == "1" | "a" == "a" | [1,2] == [2,1,1] | {a:1,b:2} == {b:2,a:1} | {a:1} == {a:1,b:2} | User::"ann" == principal | 1 != 2 | [] == {}
1 < 2 | 2 <= 2 | 3 > 4 | 4 >= 4 | "a" < "b" | 1 < "2" | true < false
1 + 2 == 3 | 5 - 7 == -2 | 3 * -4 == -12 | -(-5) == 5 | 0 * -1 == 0
9223372036854775807 + 1 == 0 | "9223372036854775807" == "9223372036854775807" | -9223372036854775808 < 0 | 1 - 9223372036854775807 == -9223372036854775806 | 9223372036854775807 - 1 == 9223372036854775806 | -9223372036854775808 - 1 == 0 | 4611686018427387904 * 2 == 0 | 4611686018427387904 * -2 == -9223372036854775808 | 9007199254740993 == 9007199254740992 | 9007199254740992 + 1 == 9007199254740993 | 3037000500 * 3037000500 > 0 | context.n + "1" == 6 | -context.s == 1 | 94906267 * 94906267 == 9007199515875289
if true then 1 == 1 else 1 | if false then 1 else true | if 1 then true else false | if context.b then context.n > 3 else false
principal in Group::"all" | principal in Group::"staff" | principal in Group::"none" | principal in principal | User::"bob" in Group::"staff" | principal in [Group::"x", Group::"all"] | principal in [] | principal in [1] | principal in "Group" | 1 in Group::"all" | User::"ghost" in User::"ghost" | User::"ghost" in Group::"all"
principal is User | principal is Doc | principal is User in Group::"staff" | principal is User in Group::"none" | principal is Doc in "x" | 1 is User | resource is User in [1]
"abc" like "a*c" | "abc" like "*" | "" like "*" | "abc" like "a" | "a*c" like "a\\*c" | "abc" like "a\\*c" | "aXbXc" like "a*b*c" | "ab" like "a*b*b" | "abab" like "*ab" | "aba" like "ab*ba" | "a\\nb" like "a*b" | 1 like "*" | "äöü" like "ä*ü" | "ab" like "ab*ab"
context has n | context has missing | context has rec.x | context has rec.inner.y | context has rec.missing.y | context has n.x | principal has age | principal has missing | User::"ghost" has age | 1 has x | principal has boss.age | principal has address.city | resource has owner.boss
context.n == 5 | context.missing == 1 | context.rec.inner.y == "z" | principal.age > 18 | principal.missing == 1 | User::"ghost".age == 1 | principal.boss == User::"bob" | resource.owner.name == "Ann" | "x".y == 1 | context["n"] == 5 | {"a b": 1}["a b"] == 1 | principal.boss.age == 1
context.set.contains(2) | context.set.contains("2") | [1,"a",User::"ann"].contains(principal) | 1.contains(1) | [[1],[2]].contains([1]) | principal.roles.contains("a")
[1,2,3].containsAll([1,3]) | [1].containsAll([]) | [1].containsAll([2]) | [1].containsAll(1) | context.n.containsAll([1])
[1,2].containsAny([2,9]) | [1].containsAny([]) | [].containsAny([1]) | [1].containsAny(1)
[].isEmpty() | [1].isEmpty() | context.n.isEmpty()
principal.hasTag("team") | principal.hasTag("none") | principal.getTag("team") == "core" | principal.getTag("none") == 1 | User::"ghost".hasTag("x") | User::"ghost".getTag("x") == 1 | principal.hasTag(1) | 1.hasTag("x") | principal.getTag("level") == 3
ip("127.0.0.1").isIpv4() | ip("::1").isIpv4() | ip("::1").isIpv6() | ip("127.0.0.1").isLoopback() | ip("::1").isLoopback() | ip("127.0.0.0/8").isLoopback() | ip("127.0.0.0/7").isLoopback() | ip("::1/127").isLoopback() | ip("224.0.0.1").isMulticast() | ip("224.0.0.0/3").isMulticast() | ip("ff00::1").isMulticast() | ip("ff00::/7").isMulticast() | ip("10.0.0.1").isLoopback()
context.ip.isInRange(ip("10.0.0.0/8")) | ip("10.0.0.0/7").isInRange(ip("10.0.0.0/8")) | ip("10.1.0.0/16").isInRange(ip("10.0.0.0/8")) | ip("::1").isInRange(ip("0.0.0.0/0")) | ip("::1").isInRange(ip("::/0")) | ip("1.2.3.4") == ip("1.2.3.4/32") | ip("10.0.0.1/8") == ip("10.0.0.0/8") | ip("1:2::") == ip("1:2:0:0:0:0:0:0") | context.n.isIpv4() | ip("10.0.0.1").isInRange(1)
ip() == ip("1.2.3.4") | ip("1.2.3.4", "1.2.3.5").isIpv4() | decimal("1.0", "2.0") == decimal("1.0") | datetime() == 1 | duration("1h", 2) == 1 | ip("1.2.3.4").isIpv4(1) | ip("1.2.3.4").isInRange() | ip("1.2.3.4").isInRange(ip("1.2.3.4"), 1) | decimal("1.0").lessThan() | decimal("1.0").lessThan(decimal("2.0"), decimal("3.0")) | datetime("2024-01-01").toDate(1) == 1 | duration("1h").toHours(1) == 1 | datetime("2024-01-01").offset() == 1 | true || ip() == 1 | false && ip("1.2.3.4").isInRange() | if true then true else decimal() == 1 | context.missing.isInRange()
ip("1.2.3") == ip("1.2.3.4") | ip("01.2.3.4").isIpv4() | ip("1.2.3.4/33").isIpv4() | ip("1.2.3.4/032").isIpv4() | ip("1:2").isIpv6() | ip("::ffff:1.2.3.4").isIpv6() | ip("1::2::3").isIpv6() | ip("12345::").isIpv6() | ip("::/129").isIpv6() | ip("").isIpv4() | ip(" 1.2.3.4").isIpv4() | ip("256.1.1.1").isIpv4() | ip("1:2:3:4:5:6:7::").isIpv6() | ip("::2:3:4:5:6:7:8").isIpv6() | ip("1:2:3:4:5:6:7:8/64").isIpv6() | ip("1.2.3.4/").isIpv4()
decimal("1.5") == decimal("1.50") | decimal("1.5").lessThan(decimal("1.6")) | decimal("1.5").lessThanOrEqual(decimal("1.5")) | decimal("-1.5").greaterThan(decimal("-1.6")) | decimal("1.5").greaterThanOrEqual(decimal("1.51")) | decimal("1") == decimal("1.0") | decimal("1.12345") == decimal("1.0") | decimal("922337203685477.5807") == decimal("922337203685477.5807") | decimal("922337203685477.5808") == decimal("1.0") | decimal("-922337203685477.5808").lessThan(decimal("0.0")) | decimal("1.5") < decimal("1.6") | decimal("-0.0") == decimal("0.0") | decimal("+1.0") == decimal("1.0") | decimal(".5") == decimal("0.5") | decimal("1.5").lessThan(1) | decimal("-0.5").lessThan(decimal("0.0"))
datetime("2024-01-01") < datetime("2024-01-02") | datetime("2024-01-01T00:00:00Z") == datetime("2024-01-01") | datetime("2024-01-01T01:00:00+0100") == datetime("2024-01-01") | datetime("2024-01-01T00:00:00.001Z") > datetime("2024-01-01") | datetime("2024-02-30") == datetime("2024-03-01") | datetime("2024-02-29") == datetime("2024-02-29") | datetime("2023-02-29") == datetime("2023-03-01") | datetime("2024-01-01T24:00:00Z") == datetime("2024-01-02") | datetime("2024-01-01T00:00:60Z") == datetime("2024-01-01") | datetime("2024-01-01T00:00:00") == datetime("2024-01-01") | datetime("2024-01-01T00:00:00.1Z") == datetime("2024-01-01") | datetime("2024-1-1") == datetime("2024-01-01") | datetime("0001-01-01") < datetime("1970-01-01") | datetime("2024-01-01T00:00:00+2400") == datetime("2024-01-01") | datetime("2024-01-01T00:00:00-2359") > datetime("2024-01-01") | datetime("1969-12-31T23:59:59.999Z").toTime() == duration("23h59m59s999ms") | datetime("0000-01-01") < datetime("0001-01-01")
datetime("2024-01-01T12:30:00Z").toDate() == datetime("2024-01-01") | datetime("2024-01-01T12:30:00Z").toTime() == duration("12h30m") | datetime("1969-12-31T12:00:00Z").toDate() == datetime("1969-12-31") | datetime("2024-01-01").offset(duration("1d")) == datetime("2024-01-02") | datetime("2024-01-02").durationSince(datetime("2024-01-01")) == duration("1d") | datetime("2024-01-01").offset(duration("-1ms")) < datetime("2024-01-01") | datetime("2024-01-01").offset(1) == datetime("2024-01-01") | datetime("9999-12-31").offset(duration("9223372036854775807ms")) > datetime("2024-01-01")
duration("1h") > duration("59m") | duration("1d2h3m4s5ms").toMilliseconds() == 93784005 | duration("90s").toMinutes() == 1 | duration("-90s").toMinutes() == -1 | duration("36h").toDays() == 1 | duration("90m").toHours() == 1 | duration("1500ms").toSeconds() == 1 | duration("1m1h") == duration("61m") | duration("") == duration("0s") | duration("5") == duration("5ms") | duration("-") == duration("0s") | duration("1d") == duration("24h") | duration("9223372036854775808ms") == duration("1ms") | duration("-9223372036854775808ms") < duration("0ms") | duration("106751991168d") == duration("1d") | duration("1h") < 5 | duration("1h") < datetime("2024-01-01") | duration("+1h") == duration("1h")
`
  .trim()
  .split("\n")
  .flatMap((line) => line.split(/ \| /).map((expression) => expression.trim()));

describe("expressions", () => {
  test.each(EXPRESSIONS)("%s", (expression) => {
    const text = `permit(principal, action, resource) when { ${expression} };`;
    expect(askOurs(text, CALL, ENTITIES)).toEqual(askCedar(text, CALL, ENTITIES));
  });
});

const SCOPES = [
  "principal",
  'principal == User::"ann"',
  'principal == User::"bob"',
  'principal in Group::"all"',
  'principal in Group::"none"',
  "principal is User",
  "principal is Doc",
  'principal is User in Group::"staff"',
  'principal is User in Group::"none"',
];
const ACTIONS = [
  "action",
  'action == Action::"read"',
  'action == Action::"write"',
  'action in [Action::"x", Action::"read"]',
  "action in []",
  'action in Action::"read"',
];

describe("scope constraints", () => {
  test.each(SCOPES.flatMap((scope) => ACTIONS.map((action) => [scope, action] as const)))("%s, %s", (scope, action) => {
    const text = `permit(${scope}, ${action}, resource); forbid(${scope}, action == Action::"write", resource);`;
    expect(askOurs(text, CALL, ENTITIES)).toEqual(askCedar(text, CALL, ENTITIES));
  });
});

test("more than ten policies keep Cedar's numbers", () => {
  const text = Array.from(
    { length: 23 },
    (_, i) => `permit(principal, action, resource) when { ${i} > 3 && ${i} != 11 };`,
  ).join("\n");
  expect(askOurs(text, CALL, ENTITIES)).toEqual(askCedar(text, CALL, ENTITIES));
});

test("unless, several conditions, and a policy that fails beside one that permits", () => {
  const text = `
    permit(principal, action, resource) when { true } unless { false } when { context.n == 5 };
    permit(principal, action, resource) unless { context.missing };
    forbid(principal, action, resource) when { context.nothing > 3 };
    permit(principal, action, resource) when { 1 };
  `;
  expect(askOurs(text, CALL, ENTITIES)).toEqual(askCedar(text, CALL, ENTITIES));
});

describe("templates", () => {
  const text = `
    @id("team-reads") permit(principal in ?principal, action == Action::"read", resource == ?resource) when { context.n < 9 };
    forbid(principal, action, resource) when { context.n == 6 };
    permit(principal is User in ?principal, action, resource);
  `;
  const links = [
    {
      templateId: "team-reads",
      newId: "staff-d",
      values: { "?principal": { type: "Group", id: "staff" }, "?resource": { type: "Doc", id: "d" } },
    },
    { templateId: "policy2", newId: "none", values: { "?principal": { type: "Group", id: "none" } } },
  ];

  test("a linked template decides under its new id; one without a link decides nothing", () => {
    const linked = compilePolicies(text, undefined, links);
    expect(askOurs(linked, CALL, ENTITIES)).toEqual(askCedar(text, CALL, ENTITIES, links));
    expect(askOurs(linked, CALL, ENTITIES).reasons).toEqual(["staff-d"]);
    expect(askOurs(compilePolicies(text), CALL, ENTITIES)).toEqual({ decision: "deny", reasons: [], errors: [] });
  });

  test.each([
    ["an unknown template", [{ templateId: "nobody", newId: "x", values: {} }], "there is no template `nobody`"],
    ["a slot without a value", [{ ...(links[0] as (typeof links)[0]), values: {} }], "lacks `?principal`"],
    [
      "a value without a slot",
      [{ ...(links[1] as (typeof links)[0]), values: { ...links[0]?.values } }],
      "fills `?resource`",
    ],
    ["an id that is taken", [{ ...(links[0] as (typeof links)[0]), newId: "policy1" }], "the id `policy1` is taken"],
  ])("%s is refused", (_, wrong, message) => {
    expect(() => compilePolicies(text, undefined, wrong as typeof links)).toThrow(message as string);
  });
});

describe("an author's mistake", () => {
  const SCHEMA = `entity User; entity Doc = { size: Long }; action read appliesTo { principal: User, resource: Doc };`;
  const problem = (text: string, schema?: string) =>
    checkPolicies(text, schema).map(
      ({ severity, message, line, column }) => `${line}:${column} ${severity} ${message}`,
    );

  test.each([
    ["broken Cedar", "permit(principal,\n action\n resource);", undefined, /^3:2 error unexpected token `resource`/],
    [
      "a wrong type, by the schema",
      'permit(principal, action, resource);\n\nforbid(principal, action == Action::"read", resource)\nwhen { resource.size == "x" && resource.size < "y" };',
      SCHEMA,
      /^4:\d+ error/,
    ],
    [
      "an attribute that nobody declared",
      'permit(principal, action == Action::"read", resource)\nwhen { resource.colour == "red" };',
      SCHEMA,
      /^2:8 error attribute `colour`/,
    ],
    [
      "an annotation with a slip",
      'permit(principal, action, resource);\n  @max_tll("3") permit(principal, action, resource);',
      undefined,
      /^2:3 warning the annotation `@max_tll` is not one of/,
    ],
    [
      "an obligation on the wrong effect",
      '@reason("x") permit(principal, action, resource);',
      undefined,
      /^1:1 error `@reason` has no effect on a permit/,
    ],
    [
      "a bound that is no number",
      '@max_ttl("1h") permit(principal, action, resource);',
      undefined,
      /^1:1 error `@max_ttl` must be a whole number/,
    ],
  ])("%s has its line and column", (_, text, schema, expected) => {
    expect(problem(text, schema)[0]).toMatch(expected);
  });
});
