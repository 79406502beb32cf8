/** Attacks on grants and exchanges that succeeded once. */
import { expect, test } from "vitest";
import { CAST, keyNamed, sign } from "../../vectors/craft.ts";
import { rootOf } from "../chains.ts";
import { nowSeconds } from "../harness.ts";
import { personToken, register } from "../oauth.ts";
import { ask, BEARER_GRANT, bearer, exchangeForm, PARTNER, PEOPLE, redeem, said, world } from "./given.ts";

export function testGrants(): void {
  test("a grant cannot take a task name that only the gateway gives", async () => {
    expect(await said(await redeem({ txn: "root:x" }))).not.toContain("200");
    expect(await said(await redeem({ txn: "gateway:2026-11-26" }))).not.toContain("200");
  });

  test("a grant from the future, for ten years, is refused", async () => {
    const iat = nowSeconds() + 100_000;
    expect(await said(await redeem({ iat, exp: iat + 300_000_000 }))).not.toContain("200");
  });

  test("a root without the time of its beginning is refused if tasks have a limit of age", async () => {
    const form = exchangeForm(await personToken({ iat: undefined, aud: "brief-task" }));
    await register(world, {
      client_id: "brief-task",
      actor: "urn:acme:brief-task",
      aliases: ["brief-task"],
      max_task_seconds: 60,
    });
    expect(await said(await ask("brief-task", form))).not.toContain("200");
  });

  test.each([["null", null]])("a `may_act` that is %s is the client's fault, not the server's", async (_, value) => {
    const answer = await ask("support-agent", exchangeForm(await personToken({ may_act: value })));
    expect(await said(answer)).toMatch(/^400/);
  });

  test("a grant nested six thousand deep is refused", async () => {
    const depth = 6000;
    const act = `${'{"sub":"a","act":'.repeat(depth)}{"sub":"a"}${"}".repeat(depth)}`;
    const now = nowSeconds();
    const claims = `{"iss":"${PARTNER}","sub":"pat","aud":"${CAST.gateway}","client_id":"desk","scope":"orders:read","iat":${now},"exp":${now + 60},"jti":"deep","act":${act}}`;
    const assertion = await sign(
      { alg: "EdDSA", typ: "oauth-id-jag+jwt", kid: "partner-1" },
      claims,
      await keyNamed("partner-idp"),
    );
    expect(await said(await ask("desk", { grant_type: BEARER_GRANT, assertion }))).toMatch(/^400/);
  });

  test("a grant with another audience too is refused", async () => {
    expect(await said(await redeem({ aud: [CAST.gateway, "https://as.other.example"] }))).not.toContain("200");
  });

  test("an e-mail address that its issuer has not verified identifies nobody", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const claims = { iss: PEOPLE, email: "ceo@acme.example", email_verified: false, cnf: undefined, txn };
    expect(await bearer(await rootOf({ claims: { ...claims, tctx: undefined } }))).toContain("root_refused");
  });
}
