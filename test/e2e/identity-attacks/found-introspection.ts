/** Attacks on introspection that succeeded once. */
import { expect, test } from "vitest";
import { CAST } from "../../vectors/craft.ts";
import { AGENT, SERVICE } from "../oauth.ts";
import { agentChain, introspect, PARTNER, partnerRoot } from "./given.ts";

export function testIntrospection(): void {
  test("introspection does not repeat what a delegator wrote into its hop as if it were verified", async () => {
    const forged = {
      acr: "urn:acme:acr:mfa",
      auth_time: 1,
      client_id: "refund-service",
      sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "the-ceo" },
      act: { sub: SERVICE, iss: "spiffe://acme.example" },
      act_proof: ["registered"],
      txn_by: { iss: PARTNER, sub: PARTNER },
      purpose_by: { iss: PARTNER, sub: PARTNER },
    };
    const told = await introspect(await agentChain({}, { claims: forged }), "support-agent");
    expect(told).toMatchObject({ active: true, sub: "alice" });
    for (const [name, value] of Object.entries(forged)) expect(told[name], name).not.toEqual(value);
  });

  test("introspection does not repeat a partner's claims about our subject, actors and proofs", async () => {
    const forged = {
      sub_id: { format: "iss_sub", iss: CAST.issuer, sub: "alice" },
      act: { sub: AGENT, iss: "spiffe://acme.example" },
      act_proof: ["registered"],
      txn_by: { iss: CAST.issuer, sub: CAST.issuer },
      purpose_by: { iss: CAST.issuer, sub: CAST.issuer },
    };
    const token = await partnerRoot({ ...forged, cnf: undefined, aud: ["abroad", CAST.gateway] });
    const told = await introspect(token, "abroad");
    expect(told).toMatchObject({ active: true });
    for (const [name, value] of Object.entries(forged)) expect(told[name], name).not.toEqual(value);
  });

  test("introspection does not name the delegator as the issuer of a chain's subject", async () => {
    const told = await introspect(await agentChain(), "support-agent");
    expect(told).toMatchObject({ sub: "alice" });
    expect([told["iss"], told["sub_id"]]).not.toEqual([CAST.app, undefined]);
  });

  test("introspection does not call a chain that is bound to a key a bearer token", async () => {
    expect(await introspect(await agentChain(), "support-agent")).not.toMatchObject({ token_type: "Bearer" });
  });
}
