/** What the configuration may say of names, and of issuers that name workloads. */
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { Issuer } from "../../../worker/config/issuer.ts";
import { Names } from "../../../worker/config/names.ts";

const issuer = { issuer: "https://idp.acme.example", jwks_uri: "https://idp.acme.example/jwks" };

describe("[names]", () => {
  test("remembers proofs for half a minute and asks no host by default", () => {
    expect(v.parse(Names, {})).toEqual({ refresh: 30, published_hosts: [] });
  });
  test.each([
    "agents.partner.example",
    "*.acme.example",
    "127.0.0.1:8080",
    "localhost:8080",
    "agents.partner.example:8443",
  ])("may allow %s", (host) => {
    expect(v.is(Names, { published_hosts: [host] })).toBe(true);
  });
  test.each([
    "*",
    "*.example",
    "a.*.example",
    "https://agents.partner.example",
    "agents.partner.example/desk",
    "Agents.Partner.Example",
    "agents..example",
    "*.*.acme.example",
    "",
  ])("refuses `%s` for a host", (host) => {
    expect(v.is(Names, { published_hosts: [host] })).toBe(false);
  });
  test.each([0, 301, 1.5])("refuses to remember for %d seconds", (refresh) => {
    expect(v.is(Names, { refresh })).toBe(false);
  });
});

describe("[[issuers]]", () => {
  test.each(["https://idp.acme.example/a b", " https://idp.acme.example", "idp\tacme", "idp\u0000", "idp\u00a0acme"])(
    "whose name is %j are refused, because a space separates authority and name",
    (name) => {
      expect(v.is(Issuer, { ...issuer, issuer: name })).toBe(false);
    },
  );
  test("may speak for workloads, by name or prefix", () => {
    const speaks_for = ["https://app.acme.example", "spiffe://acme.example/jobs/*"];
    expect(v.parse(Issuer, { ...issuer, speaks_for })).toMatchObject({ speaks_for });
    expect(v.parse(Issuer, issuer)).toMatchObject({ speaks_for: [] });
  });
  test.each(["*", "spiffe://*/jobs", "spiffe://acme.example/**", "spiffe://acme.example/a b", ""])(
    "do not speak for `%s`",
    (pattern) => {
      expect(v.is(Issuer, { ...issuer, speaks_for: [pattern] })).toBe(false);
    },
  );
});
