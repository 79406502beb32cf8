/**
 * Policies, entities and requests that fast-check makes up: all operators, well-typed or not, over a small world of
 * entities, so that scopes match, attributes are there or missing, and arithmetic overflows often enough.
 */
import fc from "fast-check";
import type { EntityJson } from "../../worker/policy/format.ts";

const TYPES = { User: ["u0", "u1", "u2"], Group: ["g0", "g1", "g2"], Doc: ["d0", "d1"] } as const;
const ATTRIBUTES = ["a", "b", "name", "rec", "set", "peer", "ip", "at", "gone"] as const;
const ACTIONS = ["read", "write", "share"] as const;

const uid = fc.constantFrom(...Object.entries(TYPES).flatMap(([type, ids]) => ids.map((id) => ({ type, id }))), {
  type: "User",
  id: "ghost",
});
const uidText = uid.map(({ type, id }) => `${type}::"${id}"`);
const text = fc.constantFrom('"a"', '"abc"', '"a*c"', '""', '"ä€😀"', '"x y"', '"line\\n"', '"\\"q\\""');
const long = fc.oneof(
  fc.integer({ min: -5, max: 9 }).map((n) => (n < 0 ? `(${n})` : String(n))),
  fc.constantFrom("9223372036854775807", "(-9223372036854775808)", "9007199254740993", "4611686018427387904"),
);
const extension = fc.constantFrom(
  'ip("10.1.2.3")',
  'ip("10.0.0.0/8")',
  'ip("::1")',
  'ip("nonsense")',
  'decimal("1.5")',
  'decimal("-0.25")',
  'decimal("x")',
  'datetime("2026-11-24")',
  'datetime("2026-11-24T10:20:30.400Z")',
  'datetime("2026-02-30")',
  'duration("1h30m")',
  'duration("-2d")',
  'duration("9223372036854775807ms")',
  "duration(context.name)",
);

/** Expressions by the type that they mostly have; now and then one of another type stands in its place. */
const grammar = fc.letrec<Record<"any" | "bool" | "number" | "words" | "entity" | "set" | "record" | "ext", string>>(
  (tie) => {
    const parts = { maxDepth: 4, depthIdentifier: "cedar" } as const;
    const attribute = fc
      .tuple(
        fc.oneof(
          { arbitrary: fc.constant("context"), weight: 3 },
          { arbitrary: tie("entity"), weight: 2 },
          { arbitrary: tie("record"), weight: 1 },
        ),
        fc.constantFrom(...ATTRIBUTES),
      )
      .map(([of, name]) => `${of}.${name}`);
    const call = (left: fc.Arbitrary<string>, names: readonly string[], right?: fc.Arbitrary<string>) =>
      fc
        .tuple(left, fc.constantFrom(...names), right ?? fc.constant(""))
        .map(([object, name, argument]) => `(${object}).${name}(${argument})`);
    const infix = (left: fc.Arbitrary<string>, operators: readonly string[], right: fc.Arbitrary<string>) =>
      fc.tuple(left, fc.constantFrom(...operators), right).map(([a, operator, b]) => `(${a} ${operator} ${b})`);
    const choose = (kind: fc.Arbitrary<string>) =>
      fc.tuple(tie("bool"), kind, kind).map(([test, yes, no]) => `(if ${test} then ${yes} else ${no})`);
    const bool = tie("bool");
    return {
      any: fc.oneof(
        parts,
        text,
        long,
        uidText,
        attribute,
        tie("number"),
        bool,
        tie("set"),
        tie("record"),
        tie("ext"),
        tie("entity"),
      ),
      bool: fc.oneof(
        parts,
        fc.constantFrom("true", "false", "context.b"),
        infix(tie("any"), ["==", "!="], tie("any")),
        infix(tie("number"), ["<", "<=", ">", ">=", "==", "!="], tie("number")),
        infix(tie("ext"), ["<", "<=", ">", ">=", "=="], tie("ext")),
        infix(bool, ["&&", "||"], bool),
        bool.map((operand) => `(!${operand})`),
        fc
          .tuple(tie("words"), fc.constantFrom("*", "a*", "*c", "a\\*c", "", "ä*"))
          .map(([word, pattern]) => `(${word} like "${pattern}")`),
        fc
          .tuple(tie("entity"), fc.constantFrom("User", "Group", "Doc"))
          .map(([entity, type]) => `(${entity} is ${type})`),
        fc.tuple(tie("entity"), uidText).map(([entity, group]) => `(${entity} is User in ${group})`),
        infix(tie("entity"), ["in"], fc.oneof(tie("entity"), tie("set"))),
        fc
          .tuple(
            fc.oneof(fc.constant("context"), tie("entity"), tie("record")),
            fc.constantFrom(...ATTRIBUTES, "rec.inner", "peer.name", "a.b"),
          )
          .map(([of, path]) => `(${of} has ${path})`),
        call(tie("set"), ["contains"], tie("any")),
        call(tie("set"), ["containsAll", "containsAny"], tie("set")),
        call(tie("set"), ["isEmpty"]),
        call(tie("entity"), ["hasTag"], tie("words")),
        call(tie("ext"), ["isIpv4", "isIpv6", "isLoopback", "isMulticast"]),
        call(tie("ext"), ["isInRange", "lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"], tie("ext")),
        choose(bool),
        tie("any"),
      ),
      number: fc.oneof(
        parts,
        long,
        fc.constantFrom("context.a", "principal.a", "context.rec.inner"),
        infix(tie("number"), ["+", "-", "*"], tie("number")),
        tie("number").map((operand) => `(-(${operand}))`),
        call(tie("ext"), ["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"]),
        choose(tie("number")),
      ),
      words: fc.oneof(
        parts,
        text,
        fc.constantFrom("context.name", "principal.name", "resource.name"),
        choose(tie("words")),
      ),
      entity: fc.oneof(
        parts,
        fc.constantFrom("principal", "resource", "action", "context.peer", "principal.peer"),
        uidText,
        call(tie("entity"), ["getTag"], text),
      ),
      set: fc.oneof(
        parts,
        fc.constantFrom("context.set", "principal.set", "[]"),
        fc.array(tie("any"), { maxLength: 3 }).map((elements) => `[${elements.join(", ")}]`),
      ),
      record: fc.oneof(
        parts,
        fc.constantFrom("context.rec", "principal.rec", "{}"),
        fc
          .tuple(fc.constantFrom("a", "b", "name"), tie("any"), tie("any"))
          .map(([name, one, other]) => `{${name}: ${one}, "other key": ${other}}`),
      ),
      ext: fc.oneof(
        parts,
        extension,
        fc.constantFrom("context.ip", "context.at", "principal.at"),
        call(tie("ext"), ["toDate", "toTime"]),
        call(tie("ext"), ["offset", "durationSince"], tie("ext")),
      ),
    };
  },
);

const within = (place: string) =>
  fc.oneof(
    { arbitrary: fc.constant(place), weight: 4 },
    { arbitrary: uidText.map((entity) => `${place} == ${entity}`), weight: 1 },
    { arbitrary: uidText.map((entity) => `${place} in ${entity}`), weight: 2 },
    { arbitrary: fc.constantFrom("User", "Doc", "Group").map((type) => `${place} is ${type}`), weight: 1 },
    { arbitrary: uidText.map((entity) => `${place} is User in ${entity}`), weight: 1 },
  );
const action = fc.oneof(
  { arbitrary: fc.constant("action"), weight: 3 },
  { arbitrary: fc.constantFrom(...ACTIONS).map((id) => `action == Action::"${id}"`), weight: 1 },
  {
    arbitrary: fc.subarray([...ACTIONS]).map((ids) => `action in [${ids.map((id) => `Action::"${id}"`).join(", ")}]`),
    weight: 1,
  },
);

export const policyText = fc
  .tuple(
    fc.constantFrom("permit", "permit", "forbid"),
    within("principal"),
    action,
    within("resource"),
    fc.array(fc.tuple(fc.constantFrom("when", "when", "unless"), grammar.bool), { maxLength: 2 }),
  )
  .map(([effect, principal, act, resource, clauses]) => {
    const conditions = clauses.map(([kind, body]) => ` ${kind} { ${body} }`).join("");
    return `${effect}(${principal}, ${act}, ${resource})${conditions};`;
  });

/** Values in Cedar's JSON form. */
const value = fc.oneof(
  fc.integer({ min: -3, max: 6 }),
  fc.boolean(),
  fc.constantFrom("a", "abc", "ä€😀", ""),
  uid.map((entity) => ({ __entity: entity })),
  fc.constantFrom(["a", "b"], [1, 2, 2], []),
  fc.constant({ inner: 7, name: "abc" }),
);
const attributes = fc
  .record(
    {
      a: fc.oneof(fc.integer({ min: -3, max: 9 }), fc.constant(Number.MAX_SAFE_INTEGER), value),
      b: fc.oneof(fc.boolean(), value),
      name: fc.constantFrom("abc", "a*c", "ä€😀", ""),
      rec: fc.record(
        { inner: fc.integer({ min: 0, max: 3 }), name: fc.constantFrom("x", "abc") },
        { requiredKeys: [] },
      ),
      set: fc.array(value, { maxLength: 4 }),
      peer: uid.map((entity) => ({ __entity: entity })),
      ip: fc.constantFrom("10.1.2.3", "::1", "127.0.0.0/8", "224.0.0.1").map((arg) => ({ __extn: { fn: "ip", arg } })),
      at: fc
        .constantFrom("2026-11-24T10:20:30.400Z", "1969-12-31", "2026-11-24")
        .map((arg) => ({ __extn: { fn: "datetime", arg } })),
    },
    { requiredKeys: [] },
  )
  .map((record) => record as Record<string, unknown>);

/** Users and docs in groups, groups in groups; never in a circle. */
export const world: fc.Arbitrary<EntityJson[]> = fc
  .tuple(
    fc.array(attributes, { minLength: 5, maxLength: 5 }),
    fc.array(fc.subarray([...TYPES.Group]), { minLength: 5, maxLength: 5 }),
    fc.subarray([...TYPES.Group.slice(1)]),
    fc.dictionary(fc.constantFrom("a", "abc", "x y"), value, { maxKeys: 2 }),
  )
  .map(([attrs, memberships, above, tags]) => {
    const groups = (ids: readonly string[]) => ids.map((id) => ({ type: "Group", id }));
    const members = [
      ...TYPES.User.map((id) => ({ type: "User", id })),
      ...TYPES.Doc.map((id) => ({ type: "Doc", id })),
    ];
    return [
      ...members.map((entity, i) => ({
        uid: entity,
        attrs: attrs[i] as Record<string, unknown>,
        parents: groups(memberships[i] as string[]),
        ...(i === 0 && { tags }),
      })),
      { uid: { type: "Group", id: "g0" }, attrs: {}, parents: groups(above) },
      { uid: { type: "Group", id: "g1" }, attrs: {}, parents: above.includes("g2") ? [] : groups(["g2"]) },
      { uid: { type: "Group", id: "g2" }, attrs: {}, parents: [] },
    ];
  });

export const request = fc.record({
  principal: fc.constantFrom(...TYPES.User.map((id) => ({ type: "User", id })), { type: "User", id: "ghost" }),
  action: fc.constantFrom(...ACTIONS).map((id) => ({ type: "Action", id })),
  resource: fc.constantFrom(...TYPES.Doc.map((id) => ({ type: "Doc", id }))),
  context: attributes,
});
