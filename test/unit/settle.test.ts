/** What is on record of a request that was refused, before it is answered. */
import { describe, expect, test } from "vitest";
import { verificationCore } from "../../worker/core.ts";
import { HopError } from "../../worker/errors.ts";
import type { Gateway } from "../../worker/gateway/gateway.ts";
import { type Arrived, settleFailure } from "../../worker/gateway/settle.ts";
import { type Admission, type Admitted, type Outcome, standingOn } from "../../worker/ledger/admission.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import type { MeasuredRequest } from "../../worker/telemetry/measured.ts";
import type { VerifiedChain } from "../../worker/types.ts";

const chain = {
  task: { id: "task", txn: "x", began: 1, by: { iss: "i", sub: "i" }, within: undefined },
  root: { issuer: "i", claims: { iat: 1 }, own: undefined },
  subject: { iss: "i", sub: "alice" },
  subjectNames: { names: [{ iss: "i", sub: "alice" }], email: undefined },
  actors: [{ iss: "i", sub: "app", proof: "stated" }],
  hops: [{ claims: { sub: "alice", exp: 100 }, scopes: ["read"], name: "hop-name" }],
  hash: "hash",
  authority: { keys: ['["task","task"]'], issued: 1 },
  proof: "dpop",
  spent: { thumbprint: "key", jti: "proof", expires: 9_999_999_999 },
  presentation: {
    id: "d",
    received: 0,
    route: { id: "orders" },
    method: "GET",
    url: new URL("https://gateway.example/orders/17"),
    query: [],
    trace: {},
  },
} as unknown as VerifiedChain;

/** A ledger that gives these answers, one after the other, and keeps what it was asked. */
function gatewayWith(...answers: (Admitted | Error)[]) {
  const [asked, settled, measured]: [Admission[], Outcome[], MeasuredRequest[]] = [[], [], []];
  const later: Promise<unknown>[] = [];
  const gateway = {
    core: verificationCore(),
    config: { gateway: {} },
    ledger: {
      admit: async (_: unknown, admission: Admission) => {
        asked.push(admission);
        const answer = answers.shift();
        if (answer === undefined || answer instanceof Error) throw answer ?? new Error("asked too often");
        return answer;
      },
      settle: async (_: unknown, outcome: Outcome) => void settled.push(outcome),
    },
    measure: (request: MeasuredRequest) => measured.push(request),
    afterwards: (work: Promise<unknown>) => later.push(work),
    now: () => 0,
  } as unknown as Gateway;
  return { gateway, asked, settled, measured, later };
}

const arrived: Arrived = {
  id: "d",
  received: 0,
  method: "GET",
  route: "/orders/*",
  trace: { traceId: "t", parentId: "p", callerId: undefined },
};
const ADMITTED: Admitted = { admitted: true, place: undefined };
const denied = (evidence: object) => new HopError("policy_denied", { evidence });

describe("a request that is refused", () => {
  test("without a verified chain is counted and not recorded, so that strangers cannot fill a ledger", async () => {
    const { gateway, asked, measured } = gatewayWith();
    const error = await settleFailure(new HopError("jws_malformed"), arrived, gateway);
    expect(error.rule).toBe("jws_malformed");
    expect(asked).toEqual([]);
    expect(measured).toMatchObject([{ id: "d", outcome: "denied", rule: "jws_malformed", status: 401 }]);
  });

  test("is on record before it is answered, and its proof is spent with it", async () => {
    const { gateway, asked, measured } = gatewayWith(ADMITTED);
    const error = await settleFailure(denied({ chain }), arrived, gateway);
    expect(error.rule).toBe("policy_denied");
    expect(asked).toMatchObject([
      {
        entry: { id: "d", task: "task", kind: "denied" },
        singles: [{ name: "key proof" }],
        standings: [standingOn(chain.authority)],
      },
    ]);
    expect(JSON.parse(asked[0]?.entry?.record ?? "{}") as AuditRecord).toMatchObject({
      rule: "policy_denied",
      status: 403,
      chain: { proof: "dpop" },
    });
    expect(measured).toMatchObject([{ rule: "policy_denied", status: 403 }]);
  });

  test("for a proof that was spent before is recorded as unproven", async () => {
    const { gateway, asked } = gatewayWith({ admitted: false, why: "replayed", name: "key proof" }, ADMITTED);
    const error = await settleFailure(denied({ chain }), arrived, gateway);
    expect(error.rule).toBe("proof_replayed");
    expect(asked[1]).toMatchObject({ singles: [], standings: [], entry: { id: "d" } });
    expect(JSON.parse(asked[1]?.entry?.record ?? "{}")).toMatchObject({
      rule: "proof_replayed",
      chain: { proof: "none" },
    });
  });

  test("is answered as an unreachable ledger if the ledger cannot record it", async () => {
    const { gateway, measured } = gatewayWith(new Error("ledger down"));
    const error = await settleFailure(denied({ chain }), arrived, gateway);
    expect(error.rule).toBe("ledger_unavailable");
    expect(measured).toMatchObject([{ outcome: "failed", rule: "ledger_unavailable", status: 503 }]);
  });
});

test("the outcome of a request that failed after it was admitted is recorded after the answer", async () => {
  const { gateway, asked, settled, later } = gatewayWith();
  const error = new HopError("upstream_unreachable", { evidence: { chain, admitted: true } });
  expect(await settleFailure(error, arrived, gateway)).toBe(error);
  await Promise.all(later);
  expect(asked).toEqual([]);
  expect(settled).toEqual([
    { task: "task", id: "d", kind: "failed", rule: "upstream_unreachable", message: error.message, status: 502 },
  ]);
});
