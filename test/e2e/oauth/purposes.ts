/** Purposes that a client states when it requests a token (`request_details`). */
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { startSession } from "../../../cli/people.ts";
import type { AuditRecord } from "../../../worker/ledger/record.ts";
import { CAST, keyNamed, sign } from "../../vectors/craft.ts";
import { printed } from "../command-line.ts";
import { ADMIN_TOKEN, call, nowSeconds, recordsOf, refusalOf, seenBy, taskOf } from "../harness.ts";
import { AGENT, basic, exchange, grantedBy, ORDERS, personToken, post, REFUNDS, register, TYPE } from "../oauth.ts";
import { exchangeWithKey, verified, world } from "./given.ts";

/** The client as the party that states something. */
const STATED_BY_AGENT = { iss: "spiffe://acme.example", sub: AGENT };
const details = (value: unknown): { request_details: string } => ({
  request_details: typeof value === "string" ? value : JSON.stringify(value),
});
/** A person's token without a purpose, and the identity of its task. */
async function unpurposed(): Promise<{ token: string; task: string }> {
  const token = await personToken({ tctx: undefined });
  return { token, task: taskOf(String(decodeJwt(token)["txn"])) };
}
const claimsOf = async (form: Record<string, string>, client?: string): Promise<Record<string, unknown>> =>
  decodeJwt((await grantedBy(await exchange(world, form, client ? basic(client) : undefined))).access_token);

export function testPurposes(): void {
  test("is in the token, in introspection, and for the next actor, as the client's statement", async () => {
    const { token } = await unpurposed();
    const stated = details({ purpose: "customer-support" });
    const granted = await grantedBy(await exchange(world, { subject_token: token, audience: REFUNDS, ...stated }));
    expect(await verified(granted.access_token)).toMatchObject({
      tctx: { purpose: "customer-support" },
      purpose_by: STATED_BY_AGENT,
    });
    const told = await post(world, "/oauth/introspect", { token: granted.access_token }, basic("refund-service"));
    expect(await told.json()).toMatchObject({ tctx: { purpose: "customer-support" }, purpose_by: STATED_BY_AGENT });
    const form = { subject_token: granted.access_token, audience: ORDERS };
    expect(
      await claimsOf({ ...form, ...details({ purpose: "customer-support/refund" }) }, "refund-service"),
    ).toMatchObject(
      // The service has narrowed it; the agent remains the one who states it.
      { tctx: { purpose: "customer-support/refund" }, purpose_by: STATED_BY_AGENT },
    );
  });

  test("reaches the policies, which can refuse it, the ledger, the console and the command line", async () => {
    const { token, task } = await unpurposed();
    const key = await keyNamed("service");
    const form = { subject_token: token, audience: CAST.gateway, ...details({ purpose: "customer-support/march" }) };
    const chain = await exchangeWithKey(key, form, "support-agent");
    // These policies accept a purpose only if the subject's issuer states it.
    expect((await refusalOf(await call(world, { chain, key }))).description).toContain("policy_denied");
    const records = (await recordsOf(world, task, 2)) as AuditRecord[];
    const stated = { purpose: "customer-support/march", purposeBy: STATED_BY_AGENT };
    expect(records).toMatchObject([
      { token: { tctx: { purpose: stated.purpose }, purpose_by: STATED_BY_AGENT } },
      {
        chain: stated,
        decision: {
          question: {
            request: {
              context: { ...stated, purposeBy: { authority: STATED_BY_AGENT.iss, name: STATED_BY_AGENT.sub } },
            },
          },
        },
      },
    ]);
    const shown = await printed(["audit", "show", task, "--gateway", world.url]);
    expect(shown.match(/purpose .*/g)).toEqual(Array(2).fill(`purpose   ${stated.purpose}, stated by ${AGENT}`));
    const remote = { gateway: world.url, adminToken: ADMIN_TOKEN };
    const session = await startSession(remote, { name: "sam", groups: ["security"] });
    const page = await fetch(`${world.url}/console/tasks/${task}`, { headers: { authorization: `Bearer ${session}` } });
    expect(await page.text()).toContain(stated.purpose);
  });

  test("narrows the purpose that the issuer states, and the upstream gets the narrower one", async () => {
    const key = await keyNamed("service");
    const token = await personToken({ tctx: { purpose: "customer-support" } });
    const form = { subject_token: token, audience: CAST.gateway, ...details({ purpose: "customer-support/refund" }) };
    const chain = await exchangeWithKey(key, form, "support-agent");
    const seen = await seenBy(await call(world, { chain, key }));
    expect(decodeJwt(String(seen.headers["authorization"]).slice(7))).toMatchObject({
      tctx: { purpose: "customer-support/refund" },
      purpose_by: { iss: CAST.issuer, sub: CAST.issuer },
    });
  });

  test("is shown with its task as soon as it is stated, before any request", async () => {
    const { token, task } = await unpurposed();
    await grantedBy(await exchange(world, { subject_token: token, ...details({ purpose: "bookkeeping/april" }) }));
    const tree = await printed(["audit", "show", task, "--tree", "--gateway", world.url]);
    expect(tree).toContain("(bookkeeping/april)");
  });

  test("is stated in the same way for a Txn-Token, with its other members beside it", async () => {
    const { token } = await unpurposed();
    const form = { subject_token: token, requested_token_type: TYPE.txn };
    expect(await claimsOf({ ...form, ...details({ purpose: "bookkeeping", order: 17 }) })).toMatchObject({
      tctx: { purpose: "bookkeeping", order: 17 },
      purpose_by: STATED_BY_AGENT,
    });
  });

  test("narrows that of the registration for a client's own token, and is recorded", async () => {
    const form = { grant_type: "client_credentials", audience: ORDERS };
    const granted = await grantedBy(
      await post(world, "/oauth/token", { ...form, ...details({ purpose: "customer-support/nightly" }) }),
    );
    const claims = decodeJwt(granted.access_token);
    const stated = { purpose_by: { iss: CAST.gateway, sub: CAST.gateway } };
    expect(claims).toMatchObject({ tctx: { purpose: "customer-support/nightly" }, ...stated });
    const [issued] = await recordsOf(world, taskOf(String(claims["txn"]), CAST.gateway), 1);
    expect(issued).toMatchObject({
      act: "issued",
      about: { purpose: "customer-support/nightly", purposeBy: stated.purpose_by },
    });
    const other = await post(world, "/oauth/token", { ...form, ...details({ purpose: "marketing" }) });
    expect(await other.json()).toMatchObject({ error: "invalid_request", rule: "task_context_changed" });
  });

  test("cannot be changed by exchanging the token again", async () => {
    const { token } = await unpurposed();
    const stated = { subject_token: token, ...details({ purpose: "bookkeeping" }) };
    const granted = await grantedBy(await exchange(world, { ...stated, audience: REFUNDS }));
    for (const purpose of ["marketing", "bookkeepings", "bookkeeping ", "Bookkeeping/x", "book"]) {
      const again = { subject_token: granted.access_token, audience: ORDERS, ...details({ purpose }) };
      const refused = await exchange(world, again, basic("refund-service"));
      expect([refused.status, await refused.json()]).toMatchObject([
        400,
        { error: "invalid_request", rule: "task_context_changed", claim: "request_details" },
      ]);
    }
  });

  describe("with other members of the context that the issuer states", () => {
    const stated = { purpose: "customer-support", order: 17, limits: { eur: 40, usd: 45 } };
    const ask = async (value: unknown, tctx: unknown = stated, more: Record<string, string> = {}) =>
      exchange(world, { subject_token: await personToken({ tctx }), ...details(value), ...more });

    test("may repeat them and narrow the purpose, and nothing else changes", async () => {
      const repeated = { limits: { usd: 45, eur: 40 }, order: 17, purpose: "customer-support/refund" };
      const { access_token: token } = await grantedBy(await ask(repeated));
      expect(decodeJwt(token)).toMatchObject({ purpose_by: { iss: CAST.issuer, sub: CAST.issuer } });
      expect(decodeJwt(token)["tctx"]).toEqual({ ...stated, purpose: "customer-support/refund" });
    });

    test.each([
      ["members of their own", { limit: 1_000_000, approved_by: "cfo" }],
      ["a member of their own beside those that are repeated", { order: 17, approved_by: "cfo" }],
      ["another value", { order: 18 }],
      ["another value of a nested member", { limits: { eur: 40, usd: 46 } }],
      ["a nested member more", { limits: { eur: 40, usd: 45, gbp: 1 } }],
      ["a text for a number", { order: "17" }],
      ["null", { order: null }],
      ["a name that every object has", '{"constructor":{},"__proto__":{}}'],
      ["a purpose, of a context without one", { purpose: "customer-support" }, { order: 17 }],
      ["a member, of an empty context", { order: 17 }, {}],
    ])("cannot state %s, for any token", async (_, value, tctx: unknown = stated) => {
      for (const requested of [TYPE.access, TYPE.txn]) {
        const refused = await ask(value, tctx, { requested_token_type: requested });
        expect([refused.status, await refused.json()]).toMatchObject([
          400,
          { error: "invalid_request", rule: "task_context_changed", claim: "request_details" },
        ]);
      }
    });

    test("cannot state more after a client has introduced the context", async () => {
      const { token } = await unpurposed();
      const introduced = { subject_token: token, audience: REFUNDS, ...details({ order: 17 }) };
      const { access_token: first } = await grantedBy(await exchange(world, introduced));
      const again = (value: unknown) =>
        exchange(world, { subject_token: first, audience: ORDERS, ...details(value) }, basic("refund-service"));
      for (const value of [{ approved_by: "cfo" }, { purpose: "bookkeeping" }, { order: 18 }])
        expect(await (await again(value)).json()).toMatchObject({ rule: "task_context_changed" });
      const { access_token: second } = await grantedBy(await again({ order: 17 }));
      expect(decodeJwt(second)["tctx"]).toEqual({ order: 17 });
    });
  });

  test("belongs to one token: another exchange of the person's token does not change it, and both are recorded", async () => {
    const { token, task } = await unpurposed();
    const purposes = ["bookkeeping", "marketing"];
    for (const purpose of purposes) await claimsOf({ subject_token: token, ...details({ purpose }) });
    const records = (await recordsOf(world, task, 2)) as AuditRecord[];
    expect(records.flatMap(({ token: issued }) => issued?.tctx?.["purpose"] ?? [])).toEqual(purposes);
  });

  test("is not accepted with the proof of an earlier request", async () => {
    const { token } = await unpurposed();
    const key = await keyNamed("service");
    const nonce = (await post(world, "/oauth/token", {})).headers.get("dpop-nonce");
    const dpop = await sign(
      { alg: "EdDSA", typ: "dpop+jwt", jwk: key.jwk },
      { htm: "POST", htu: `${world.url}/oauth/token`, iat: nowSeconds(), jti: crypto.randomUUID(), nonce },
      key,
    );
    const headers = { ...basic("support-agent"), dpop };
    const ask = (purpose: string) => exchange(world, { subject_token: token, ...details({ purpose }) }, headers);
    expect((await ask("bookkeeping")).status).toBe(200);
    expect(await (await ask("marketing")).json()).toMatchObject({ error: "invalid_dpop_proof" });
  });

  test("is not written into the task of a person who has not named the client", async () => {
    const { token, task } = await unpurposed();
    const names = { client_id: "purpose-thief", actor: "urn:acme:purpose-thief" };
    expect((await register(world, { ...names, known_as: {} })).status).toBe(200);
    const form = { subject_token: token, ...details({ purpose: "stolen" }) };
    expect(await (await exchange(world, form, basic("purpose-thief"))).json()).toMatchObject({
      error: "invalid_request",
    });
    const records = await recordsOf(world, task, 1);
    expect(JSON.stringify(records)).not.toContain("stolen");
  });

  test("is refused from a client that has the name of an issuer, whose purposes policies may accept", async () => {
    expect(
      (await register(world, { client_id: "as-issuer", actor: "https://login.acme.example", aliases: ["as-issuer"] }))
        .status,
    ).toBe(200);
    const token = await personToken({ tctx: undefined, aud: "as-issuer" });
    const form = { subject_token: token, ...details({ purpose: "customer-support" }) };
    const refused = await exchange(world, form, basic("as-issuer"));
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("name of an issuer")]);
  });

  describe("is refused if it is", () => {
    test.each([
      ["empty", { purpose: "" }, "purpose_malformed"],
      ["longer than 1,024 bytes", { purpose: "é".repeat(513) }, "purpose_malformed"],
      ["two lines", { purpose: "bookkeeping\nstated by the issuer" }, "purpose_malformed"],
      ["text with a control character", { purpose: "book\u009bkeeping" }, "purpose_malformed"],
      ["a number", { purpose: 17 }, "purpose_malformed"],
      ["null", { purpose: null }, "purpose_malformed"],
      ["a list", { purpose: ["bookkeeping"] }, "purpose_malformed"],
      ["given twice in the object", '{"purpose":"bookkeeping","purpose":"marketing"}', undefined],
      ["given twice by an escaped name", '{"purpose":"bookkeeping","purp\\u006fse":"marketing"}', undefined],
      ["text with U+0000", '{"purpose":"book\\u0000keeping"}', undefined],
      ["half of a character", '{"purpose":"\\ud800"}', undefined],
      ["not in an object", '"bookkeeping"', undefined],
      ["in a list", '[{"purpose":"bookkeeping"}]', undefined],
      ["in something that is not JSON", "purpose=bookkeeping", undefined],
      ["in an object of more than 4,096 characters", { purpose: "bookkeeping", more: "x".repeat(4096) }, undefined],
      ["below 17 levels", `{"a":${"[".repeat(16)}${"]".repeat(16)},"purpose":"bookkeeping"}`, undefined],
    ])("%s", async (_, value, rule) => {
      const { token } = await unpurposed();
      const refused = await exchange(world, { subject_token: token, ...details(value) });
      const body = (await refused.json()) as Record<string, unknown>;
      expect([refused.status, body["error"], body["rule"]]).toEqual([400, "invalid_request", rule]);
      expect(body["error_description"]).toContain("request_details");
    });

    test("given in two parameters", async () => {
      const { token } = await unpurposed();
      const form = { grant_type: "urn:ietf:params:oauth:grant-type:token-exchange", subject_token: token };
      const twice = ["bookkeeping", "marketing"].map((purpose) => ["request_details", JSON.stringify({ purpose })]);
      const all = Object.entries({ ...form, subject_token_type: TYPE.access, audience: ORDERS });
      const refused = await post(world, "/oauth/token", [...all, ...twice]);
      expect(await refused.json()).toMatchObject({
        error: "invalid_request",
        error_description: expect.stringContaining("more than once"),
      });
    });
  });
}
