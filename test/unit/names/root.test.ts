/** Whom hop 0 means, by its issuer's entry. */
import { describe, expect, test } from "vitest";
import { readRoot, requireChainRoot } from "../../../worker/chain/root.ts";
import type { Issuer } from "../../../worker/config.ts";

const GATEWAY = "https://gateway.example";
const issuer = (fields: Partial<Issuer> = {}): Issuer =>
  ({
    issuer: "https://idp.example",
    claims: {},
    policy_claims: {},
    speaks_for: ["spiffe://acme.example/jobs/*", "urn:acme:*"],
    ...fields,
  }) as Issuer;
const NIGHTLY = "spiffe://acme.example/jobs/nightly";

describe("an issuer speaks for a name", () => {
  const { partyOf } = readRoot({ sub: "alice" }, issuer(), GATEWAY);
  const workload = { iss: "spiffe://acme.example", sub: NIGHTLY };

  test.each([undefined, "https://idp.example", "spiffe://acme.example"])("that it states for %s", (whose) => {
    expect(partyOf(NIGHTLY, whose)).toEqual(workload);
  });
  test.each(["https://evil.example", GATEWAY])("but not one that it states for %s", (whose) => {
    expect(partyOf(NIGHTLY, whose)).toEqual({ iss: "https://idp.example", sub: `${whose} ${NIGHTLY}` });
  });
  test("of the registry", () => {
    const nightly = { iss: GATEWAY, sub: "urn:acme:nightly" };
    expect([partyOf(nightly.sub), partyOf(nightly.sub, GATEWAY)]).toEqual([nightly, nightly]);
  });
});

describe("a subject that is an address", () => {
  const read = (email_verified: unknown, subject = "email") => {
    const claims = { sub: "7", email: "a@acme.example", mail: "a@acme.example", email_verified };
    return readRoot(claims, issuer({ claims: { subject } }), GATEWAY).mapped.subject;
  };
  test.each([false, "false"])("is refused if the issuer has not verified it: %o", (verified) => {
    expect(() => read(verified)).toThrow("root_refused");
  });
  test.each([true, undefined])("is accepted if the issuer says %o", (verified) => {
    expect(read(verified)).toBe("a@acme.example");
  });
  test("in another claim is accepted, as the configuration says", () => {
    expect(read(false, "mail")).toBe("a@acme.example");
  });
});

describe("a token of a trust domain for the gateway alone", () => {
  const requireRoot = (claims: object, fields: Partial<Issuer> = { trust_domain: "acme.example" }): void => {
    const all = { sub: NIGHTLY, aud: [GATEWAY], ...claims };
    requireChainRoot(readRoot(all, issuer(fields), GATEWAY), GATEWAY);
  };
  test.each([{}, { aud: GATEWAY }])("authenticates a client, and begins no chain: %j", (claims) => {
    expect(() => requireRoot(claims)).toThrow("root_refused");
  });
  test.each([{ aud: "https://orders.example" }, { aud: [GATEWAY, "https://orders.example"] }, { cnf: { jkt: "x" } }])(
    "is a root with %j",
    (claims) => requireRoot(claims),
  );
  test("is one of an issuer without a trust domain", () => requireRoot({}, {}));
});
