/** Chains that hold every rule, in their less usual forms. */
import { CAST, craftChain, keyNamed } from "./craft.ts";
import { IDENTITY_GOOD } from "./identity.ts";
import { type Good, goodClaims } from "./table.ts";

export const GOOD: readonly Good[] = [
  {
    name: "good-three-hops",
    about: "alice, her app, the support agent, the refund service",
    build: async (now) => (await craftChain(now)).chain,
  },
  {
    name: "good-root-alone",
    about: "a root that nobody has delegated",
    build: async (now) => (await craftChain(now, {}, 1)).chain,
  },
  {
    name: "good-eight-hops",
    about: "as many hops as are allowed",
    build: async (now) => (await craftChain(now, {}, 8)).chain,
  },
  {
    name: "good-thumbprint-root",
    about: "a root that names its key by thumbprint; hop 1 carries it",
    build: async (now) => {
      const { jwk, thumbprint } = await keyNamed("app");
      return (await craftChain(now, { 0: { claims: { cnf: { jkt: thumbprint } } }, 1: { header: { jwk } } })).chain;
    },
  },
  {
    name: "good-ed25519-alg",
    about: "the algorithm under its newer name (RFC 9864)",
    build: async (now) => (await craftChain(now, { 1: { header: { alg: "Ed25519" } } })).chain,
  },
  {
    name: "good-details",
    about: "the same details with their members in another order",
    build: async (now) =>
      (
        await craftChain(now, {
          0: {
            claims: {
              authorization_details: [{ type: "refund", limit: 100, at: ["a", { b: null }] }, { type: "read" }],
            },
          },
          1: { claims: { authorization_details: [{ at: ["a", { b: null }], limit: 100, type: "refund" }] } },
        })
      ).chain,
  },
  {
    name: "good-act",
    about: "a root with an act claim: the delegator of hop 1 is its outermost actor",
    build: async (now) =>
      (
        await craftChain(now, {
          0: {
            claims: {
              client_id: "https://other.example",
              act: { sub: CAST.app, act: { sub: "https://first.example" } },
            },
          },
        })
      ).chain,
  },
  {
    name: "good-escapes",
    about: "an issuer, a name and a scope spelt with escapes",
    build: async (now) => {
      const claims = JSON.stringify(await goodClaims(0, now));
      const escaped = claims
        .replace("https://idp", "https:\\/\\/\\u0069dp")
        .replace('"scope"', '"\\u0073cope"')
        .replace("orders:", "\\u006frders:");
      return (await craftChain(now, { 0: { rawClaims: escaped } })).chain;
    },
  },
  {
    name: "good-tctx-repeated",
    about: "task and context said again, equal",
    build: async (now) =>
      (await craftChain(now, { 2: { claims: { txn: "task-1", tctx: { purpose: "customer-support/refund" } } } })).chain,
  },
  ...IDENTITY_GOOD,
];
