/** The policies of this project, by the evaluator and by Cedar itself (cedar-wasm), over generated requests. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compilePolicies } from "../../policies/tool/compile.ts";
import { authorize, executables } from "../../worker/policy/evaluate.ts";
import type { EntityJson } from "../../worker/policy/format.ts";
import { cases } from "../cases.ts";
import { askCedar, type Call } from "./ask.ts";

const read = (name: string): string => readFileSync(new URL(`../../policies/${name}`, import.meta.url), "utf8");
const [text, schema] = [read("acme.cedar"), read("schema.cedarschema")];
const known = JSON.parse(read("entities.json")) as EntityJson[];
const compiled = compilePolicies(text, schema);

const actor = fc.constantFrom(
  "https://app.acme.example",
  "spiffe://acme.example/agents/support",
  "spiffe://acme.example/services/refunds",
  "spiffe://acme.example/jobs/nightly",
  "https://agents.partner.example/reader",
  "spiffe://acme.example/others/one",
);
const refundChain = [
  "https://app.acme.example",
  "spiffe://acme.example/agents/support",
  "spiffe://acme.example/services/refunds",
];
const ROUTES = [
  ["orders", "orders-api", "low"],
  ["refunds", "orders-api", "medium"],
  ["payouts", "payments-api", "high"],
  ["exports", "orders-api", "medium"],
  ["customers", "crm-api", "medium"],
  ["customers", "crm-api", "low"],
  ["tools", "orders-api", "medium"],
  ["other", "other-api", "low"],
] as const;
const ACTIONS = [
  "orders:read",
  "refunds:write",
  "payouts:write",
  "orders:export",
  "crm:read",
  "crm:write",
  "mcp:session",
] as const;
const request = fc.record({
  actors: fc.oneof(fc.tuple(actor), fc.array(actor, { minLength: 2, maxLength: 6 }), fc.constant(refundChain)),
  asked: fc.oneof(
    fc.constantFrom(...ACTIONS.map((action, index) => [action, ROUTES[index]])),
    fc.tuple(fc.constantFrom(...ACTIONS), fc.constantFrom(...ROUTES)),
  ),
  subject: fc.constantFrom("alice", "the caller"),
  issuer: fc.constantFrom("https://idp.acme.example", "https://other.example"),
  purpose: fc.option(
    fc.constantFrom("customer-support", "customer-support/refund", "account-change/1", "marketing", ""),
    {
      nil: undefined,
    },
  ),
  statedBy: fc.option(actor, { nil: undefined }),
  acr: fc.option(fc.constantFrom("urn:acme:acr:mfa", "pwd"), { nil: undefined }),
  authAge: fc.option(fc.constantFrom(0, 20, 300, 301, 9000), { nil: undefined }),
  amount: fc.option(fc.constantFrom("99.9900", "100.0000", "100.0001"), { nil: undefined }),
  approved: fc.boolean(),
  emergency: fc.option(fc.constant("the order system is down"), { nil: undefined }),
  deadLetter: fc.option(fc.boolean(), { nil: undefined }),
  domains: fc.subarray(["acme.example", "agents.partner.example", "idp.acme.example"]),
});

// One request for each policy that it alone decides: whatever is generated beside them, every policy gets to decide.
const [support, refunds] = ["spiffe://acme.example/agents/support", "spiffe://acme.example/services/refunds"];
const asking = (index: number) => [ACTIONS[index], ROUTES[index]];
const plain = {
  actors: [support],
  asked: asking(0),
  subject: "alice",
  issuer: "https://idp.acme.example",
  purpose: "customer-support",
  statedBy: undefined,
  acr: "urn:acme:acr:mfa",
  authAge: 20,
  amount: undefined,
  approved: false,
  emergency: undefined,
  deadLetter: undefined,
  domains: ["acme.example"],
};
const decidedBy = {
  "support-reads-orders": plain,
  "refund-for-a-person": { ...plain, actors: refundChain, asked: asking(1) },
  "payout-for-a-person": { ...plain, actors: refundChain, asked: asking(2) },
  "nightly-reads-orders": { ...plain, actors: ["spiffe://acme.example/jobs/nightly"], subject: "the caller" },
  "partner-reads-orders": { ...plain, actors: ["https://agents.partner.example/reader"] },
  "partners-never-write": { ...plain, asked: asking(5), domains: ["agents.partner.example"] },
  "no-deep-chains": { ...plain, actors: Array(5).fill(support) },
  "high-sensitivity-needs-step-up": { ...plain, actors: refundChain, asked: asking(2), acr: "pwd" },
  "support-reads-customers": { ...plain, asked: asking(4) },
  "account-changes-write-customers": { ...plain, actors: [refunds], asked: asking(5), purpose: "account-change/1" },
  "support-opens-tools": { ...plain, asked: asking(6) },
  "large-refunds-need-approval": { ...plain, actors: refundChain, asked: asking(1), amount: "100.0001" },
  "dead-letters-need-approval": { ...plain, deadLetter: true },
  "support-exports-orders": { ...plain, asked: asking(3), approved: true },
  "exports-need-approval": { ...plain, asked: asking(3) },
};

const RUNS = cases(5000);

test(`the policies of this project answer ${RUNS.toLocaleString("en")} generated requests as Cedar does`, () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      request,
      ({ actors, asked, subject, issuer, purpose, statedBy, domains, approved, emergency, ...optional }) => {
        const { acr, authAge, amount, deadLetter } = optional;
        const caller = actors.at(-1) as string;
        const [action, [id, api, sensitivity]] = asked as [string, (typeof ROUTES)[number]];
        const call = {
          principal: { type: "Workload", id: caller },
          action: { type: "Action", id: action },
          resource: { type: "Route", id },
          context: {
            subject: { id: subject === "alice" ? subject : caller, issuer },
            origin: actors[0] as string,
            caller,
            actors,
            told: [],
            unowned: [],
            proofs: [...actors].map((actor: string) => ({ actor, proof: "registered" })),
            authorities: [issuer],
            trustDomains: domains,
            claimedDomains: domains,
            depth: actors.length - 1,
            scopes: [action],
            task: { id: "identity of t" },
            txn: "t",
            ...(purpose !== undefined && { purpose, purposeBy: { authority: issuer, name: statedBy ?? issuer } }),
            ...(acr !== undefined && { acr }),
            ...(authAge !== undefined && { authAge }),
            approved,
            ...(emergency !== undefined && { emergency }),
            ...(deadLetter !== undefined && { message: { id: "m", producer: "p", age: 0, deadLetter } }),
            ...(amount !== undefined && {
              tool: { name: "refund", arguments: { amount: { __extn: { fn: "decimal", arg: amount } } } },
            }),
            method: "GET",
            path: "/",
            now: { __extn: { fn: "datetime", arg: "2026-11-24T00:00:00Z" } },
          },
          schema,
          validateRequest: true,
        } as unknown as Call;
        const entities = [
          ...known,
          { uid: { type: "Api", id: api }, attrs: {}, parents: [] },
          {
            uid: { type: "Route", id },
            attrs: { sensitivity },
            parents: [{ type: "Api", id: api }],
          },
        ];
        const { principal, action: actionUid, resource, context } = call as unknown as Parameters<typeof authorize>[1];
        const ours = authorize(compiled, { principal, action: actionUid, resource, context }, entities);
        const theirs = askCedar(text, call, entities);
        expect({ ...ours, reasons: ours.reasons.sort(), errors: ours.errors.sort() }).toEqual(theirs);
        for (const reason of theirs.reasons) seen.add(reason);
      },
    ),
    { numRuns: RUNS, examples: Object.values(decidedBy).map((one) => [one]) as never },
  );
  // Every policy decided at least once, or the agreement would mean little.
  expect(seen.size).toBe(executables(compiled).length);
  expect(Object.keys(decidedBy)).toHaveLength(seen.size);
});
