/** Attacks on approvals that succeeded once. */
import { expect, test } from "vitest";
import { CAST, keyNamed } from "../../vectors/craft.ts";
import { rootOf, toAgent } from "../chains.ts";
import { approve, asked, PARTNER, PEOPLE, withHop } from "./given.ts";

export function testApprovals(): void {
  test("one person cannot speak for two groups by signing in at two issuers", async () => {
    const claims = {
      iss: PARTNER,
      sub: "pat",
      tctx: { purpose: "customer-support/two" },
      cnf: { jwk: (await keyNamed("app")).jwk },
    };
    const root = await rootOf({ claims, header: { kid: "partner-1" }, signedBy: "partner-idp" });
    const id = await asked(await withHop(root, toAgent), "agent");
    expect(await approve(id, "dora")).toBe("200 pending");
    expect(await approve(id, "dora", PEOPLE, "board")).not.toContain("200");
  });

  test("a person of ours cannot approve their own request when it returns from a partner under `sub_id`", async () => {
    const claims = {
      iss: PARTNER,
      sub: "7",
      sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice" },
      cnf: { jwk: (await keyNamed("app")).jwk },
    };
    const root = await rootOf({ claims, header: { kid: "partner-1" }, signedBy: "partner-idp" });
    const id = await asked(await withHop(root, toAgent), "agent");
    expect(await approve(id, "alice")).not.toContain("200");
  });

  test("a person who acts for another cannot approve their own request", async () => {
    const act = { sub: "alice" };
    const root = await rootOf({ claims: { sub: "customer-7", act, cnf: { jwk: (await keyNamed("app")).jwk } } });
    const id = await asked(await withHop(root, { ...toAgent, from: "alice" }), "agent");
    expect(await approve(id, "alice")).not.toContain("200");
  });

  test("an e-mail address in another Unicode form is the same person", async () => {
    const claims = {
      iss: PEOPLE,
      sub: "u-j",
      email: "J\u00fcrgen@acme.example",
      reason: "customer-support",
      tctx: undefined,
    };
    const chain = await withHop(await rootOf({ claims }), { ...toAgent, claims: { scope: "orders:read" } });
    const id = await asked(chain, "agent");
    expect(await approve(id, "Ju\u0308rgen@acme.example", PEOPLE)).not.toContain("200");
  });
}
