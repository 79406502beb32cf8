/** Answers to failed requests: the expected ones are written by hand, never computed from the table under test. */
import { describe, expect, test } from "vitest";
import type { ProofKind, Route } from "../../worker/config.ts";
import { HopError, type HopErrorOptions } from "../../worker/errors.ts";
import { respond } from "../../worker/gateway/respond.ts";
import { outcomeOf, type Rule } from "../../worker/rules.ts";

const routeWith = (proof: readonly ProofKind[], envelope = false) =>
  ({ proof, envelope, methods: {} }) as unknown as Route;
const requestWith = (headers: Record<string, string>) => new Request("https://gateway.example/orders", { headers });
const dpop = requestWith({ authorization: "DPoP a.b.c", dpop: "d.e.f" });

function answerTo(
  rule: Rule,
  options: HopErrorOptions & { readonly request?: Request; readonly route?: Route | undefined } = {},
): Response {
  const { request = dpop, route = routeWith(["dpop"]), ...rest } = options;
  return respond(new HopError(rule, rest), "decision-id", request, { route });
}

/** rule, status, code, challenge, `Retry-After` */
type Row = readonly [Rule, number, string, boolean, string | null];
const ROWS: readonly Row[] = [
  ["chain_too_long", 400, "invalid_request", false, null],
  ["path_ambiguous", 400, "invalid_request", false, null],
  ["tool_argument", 400, "invalid_request", false, null],
  ["emergency_malformed", 400, "invalid_request", false, null],
  ["jws_malformed", 401, "invalid_token", true, null],
  ["scope_widened", 401, "invalid_token", true, null],
  ["audience_mismatch", 401, "invalid_token", true, null],
  ["root_refused", 401, "invalid_token", true, null],
  ["envelope_digest", 401, "invalid_token", true, null],
  ["revoked", 401, "invalid_token", true, null],
  ["lifetime_exhausted", 401, "invalid_token", true, null],
  ["proof_missing", 401, "invalid_dpop_proof", true, null],
  ["proof_replayed", 401, "invalid_dpop_proof", true, null],
  ["step_up_required", 401, "insufficient_user_authentication", true, null],
  ["scope_insufficient", 403, "insufficient_scope", true, null],
  ["policy_denied", 403, "access_denied", true, null],
  ["policy_failed", 403, "access_denied", true, null],
  ["approval_pending", 403, "access_denied", true, null],
  ["tool_unknown", 403, "access_denied", true, null],
  ["route_unknown", 404, "not_found", false, null],
  ["method_not_allowed", 405, "method_not_allowed", false, null],
  ["content_too_large", 413, "invalid_request", false, null],
  ["rate_limited", 429, "temporarily_unavailable", false, "1"],
  ["approvals_exhausted", 429, "temporarily_unavailable", false, "60"],
  ["internal", 500, "server_error", false, null],
  ["upstream_unreachable", 502, "bad_gateway", false, null],
  ["credential_refused", 502, "bad_gateway", false, null],
  ["trust_unavailable", 503, "temporarily_unavailable", false, "5"],
  ["ledger_unavailable", 503, "temporarily_unavailable", false, "5"],
  ["policies_unavailable", 503, "temporarily_unavailable", false, "5"],
  ["upstream_timeout", 504, "gateway_timeout", false, null],
];

describe("a rule is answered with its status, code, challenge and time to wait", () => {
  test.each(ROWS)("%s: %i %s", async (rule, status, error, challenge, retryAfter) => {
    const answer = answerTo(rule);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({
      error,
      rule,
      decision: "decision-id",
      error_description: expect.stringMatching(new RegExp(`^[a-z].*\\(${rule}\\)$`)),
    });
    expect(answer.headers.has("www-authenticate")).toBe(challenge);
    expect(answer.headers.get("retry-after")).toBe(retryAfter);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });
});

describe("the body names the hop and the claim as members", () => {
  const options = { hop: 2, member: "scope" };
  const members = { error: "invalid_token", rule: "scope_widened", hop: 2, claim: "scope", decision: "decision-id" };

  test("in JSON", async () => {
    expect(await answerTo("scope_widened", options).json()).toEqual({
      ...members,
      error_description: "hop 2: the hop has a scope that its parent does not (`scope`, scope_widened)",
    });
  });

  test("in problem+json", async () => {
    const answer = answerTo("scope_widened", {
      ...options,
      request: requestWith({ authorization: "DPoP a.b.c", accept: "application/problem+json" }),
    });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await answer.json()).toMatchObject({ ...members, status: 401, instance: "urn:uuid:decision-id" });
  });

  test("and omits them if the rule is about neither", async () => {
    expect(Object.keys(await answerTo("policy_denied").json())).toEqual([
      "error",
      "error_description",
      "rule",
      "decision",
    ]);
  });
});

describe("the challenge fits the route's proofs", () => {
  const ALGS = 'algs="EdDSA Ed25519 ES256 ES384 RS256 PS256"';
  const nothing = requestWith({});
  const schemes: [readonly ProofKind[], string][] = [
    [["dpop"], `DPoP ${ALGS}`],
    [["bearer"], "Bearer"],
    [["mtls"], "Bearer"],
    [["wimse"], "Bearer"],
    [["dpop", "bearer", "wimse"], `Bearer, DPoP ${ALGS}`],
    [["mtls", "dpop"], `Bearer, DPoP ${ALGS}`],
  ];
  test.each(schemes)("%j without a credential: %s", (proof, challenge) => {
    const answer = answerTo("credential_missing", { request: nothing, route: routeWith(proof) });
    expect(answer.headers.get("www-authenticate")).toBe(challenge);
  });

  test("the first has the scopes that the request needs, with and without a credential", () => {
    const methods = { GET: { action: "a", scopes: ["orders:read", "more"] } };
    const route = { ...routeWith(["dpop", "bearer"]), methods } as Route;
    const scope = 'scope="orders:read more"';
    expect(answerTo("credential_missing", { request: nothing, route }).headers.get("www-authenticate")).toBe(
      `Bearer ${scope}, DPoP ${ALGS}`,
    );
    const request = requestWith({ authorization: "Bearer a.b.c" });
    expect(answerTo("expired", { request, route }).headers.get("www-authenticate")).toContain(`, ${scope}, DPoP`);
  });

  test("on a route for messages it is Envelope", () => {
    const answer = answerTo("credential_missing", { request: nothing, route: routeWith(["dpop"], true) });
    expect(answer.headers.get("www-authenticate")).toBe(`Envelope ${ALGS}`);
  });

  test("the error is in the challenge of the request's scheme", () => {
    const options = { route: routeWith(["dpop", "bearer"]), request: requestWith({ authorization: "Bearer a.b.c" }) };
    expect(answerTo("expired", { ...options, hop: 0, member: "exp" }).headers.get("www-authenticate")).toBe(
      `Bearer error="invalid_token", error_description="hop 0: the hop has expired (\`exp\`, expired)", DPoP ${ALGS}`,
    );
  });

  test.each([
    ["a WIMSE proof", { "workload-identity-token": "a.b.c", "workload-proof-token": "d.e.f" }],
    ["a chain sent as Bearer", { authorization: "Bearer a.b.c" }],
    ["a Txn-Token", { "txn-token": "a.b.c" }],
  ])("%s that fails is `invalid_token`, never `invalid_dpop_proof`", async (_, headers) => {
    const answer = answerTo("proof_missing", { request: requestWith(headers), route: routeWith(["wimse", "bearer"]) });
    expect(await answer.json()).toMatchObject({ error: "invalid_token", rule: "proof_missing" });
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer error="invalid_token", /);
  });

  test("step-up names class and age, an approval its page", () => {
    const approval = { id: "a-1", uri: "https://gateway.example/console/approvals/a-1", groups: ["g"], expires: 9 };
    const challenge = { acr: "urn:mfa", maxAge: 300, scopes: ["a", "b"], approval };
    expect(answerTo("step_up_required", { challenge }).headers.get("www-authenticate")).toContain(
      `scope="a b", acr_values="urn:mfa", max_age="300", approval="a-1", approval_uri="${approval.uri}"`,
    );
  });

  test("it contains no character that would end it", () => {
    const answer = answerTo("policy_denied", { challenge: { reason: 'say "no"\r\nx: y é' } });
    expect(answer.headers.get("www-authenticate")).toContain('error_description="say  no   x: y   (policy_denied)"');
  });
});

test("an outage is recorded as failed, a refusal as denied", () => {
  expect([400, 401, 403, 404, 429].map(outcomeOf)).toEqual(Array(5).fill("denied"));
  expect([500, 502, 503, 504].map(outcomeOf)).toEqual(Array(4).fill("failed"));
});
