/** Names that an attacker gives itself, or borrows. */
import { expect } from "vitest";
import { CAST, keyNamed } from "../../vectors/craft.ts";
import { rootOf, toService } from "../chains.ts";
import { nowSeconds } from "../harness.ts";
import { AGENT, register, SERVICE } from "../oauth.ts";
import { agentChain, bearer, PARTNER, partnerRoot, putWorkload, type Row, send, withHop, world } from "./given.ts";

/** A hop to a name over the attacker's own key. */
const named = (to: string, stops: string): Row => [
  `the name ${JSON.stringify(to)} over a key of one's own`,
  stops,
  async () => send(await withHop(await agentChain(), { ...toService, to, key: "mallory" }), "mallory"),
];
export const names: Row[] = [
  named("SPIFFE://acme.example/services/refunds", "actor_unproven"),
  named("spiffe://ACME.example/services/refunds", "actor_unproven"),
  named("spiffe://acme.example./services/refunds", "actor_unproven"),
  named("spiffe://acme.example:443/services/refunds", "actor_unproven"),
  named("spiffe://user@acme.example/services/refunds", "actor_unproven"),
  named("spiffe://acme.example/services/refunds/", "actor_unproven"),
  named("spiffe://acme.example/services/%72efunds", "actor_unproven"),
  named("spiffe://acme.example//services/refunds", "actor_unproven"),
  named("spiffe:///services/refunds", "actor_unproven"),
  named("spiffe:/acme.example/services/refunds", "actor_unproven"),
  named("spiffe://acme.example", "actor_unproven"),
  named("https://app.acme.example@evil.example/x", "actor_unproven"),
  named("https://app.acme.example:443", "actor_unproven"),
  named("https://app.acme.example.", "actor_unproven"),
  named("spiffe://acme.example/services/refund\u0455", "delegate_not_uri"),
  named("spiffe://acme.example/services/refunds ", "delegate_not_uri"),
  named("spiffe://acme.example/services/refunds\u00a0", "delegate_not_uri"),
  named(`${AGENT}/%2e%2e/x`, "actor_unproven"),
  named(`${AGENT}/...`.replace("...", "."), "actor_unproven"),
  named(`${AGENT}/run;x`, "actor_unproven"),
  named(`${AGENT}/run/`, "actor_unproven"),
  [
    "a child of a bare trust domain that the issuer names as the client",
    "actor_unproven",
    async () => {
      const domain = "spiffe://acme.example";
      const root = await rootOf({ claims: { client_id: domain, cnf: { jwk: (await keyNamed("mallory")).jwk } } });
      return send(await withHop(root, { from: domain, by: "mallory", to: SERVICE, key: "mallory" }), "mallory");
    },
  ],
  [
    "a child of `https:`, of everything",
    "actor_unproven",
    async () => {
      const root = await rootOf({ claims: { client_id: "https:", cnf: { jwk: (await keyNamed("mallory")).jwk } } });
      const to = "https://app.acme.example";
      return send(await withHop(root, { from: "https:", by: "mallory", to, key: "mallory" }), "mallory");
    },
  ],
  [
    "our agent's child, below our agent by a partner's word",
    "policy_denied",
    async () => {
      const root = await partnerRoot({ client_id: AGENT, cnf: { jwk: (await keyNamed("mallory")).jwk } });
      return send(await withHop(root, { from: AGENT, by: "mallory", to: `${AGENT}/run`, key: "run" }), "run");
    },
  ],
  [
    "our agent by a partner's word",
    "policy_denied",
    async () => send(await partnerRoot({ client_id: AGENT, cnf: { jwk: (await keyNamed("mallory")).jwk } }), "mallory"),
  ],
  [
    "our agent in a partner's `act`, under our trust domain",
    "policy_denied",
    async () => {
      const act = { sub: AGENT, iss: "spiffe://acme.example", act: { sub: CAST.app, iss: CAST.issuer } };
      return send(await partnerRoot({ act, cnf: { jwk: (await keyNamed("mallory")).jwk } }), "mallory");
    },
  ],
  [
    "a partyId as a name: `https://idp.partner.example spiffe://...` stated by our issuer",
    "policy_denied",
    async () => bearer(await rootOf({ claims: { cnf: undefined, client_id: `${PARTNER} ${AGENT}` } })),
  ],
  [
    "a child of a name that the registry has disabled",
    "actor_disabled",
    async () => {
      const name = "spiffe://acme.example/agents/gone";
      await putWorkload(name, { keys: [(await keyNamed("gone")).jwk], disabled: true });
      const chain = await withHop(await agentChain(), { ...toService, to: name, key: "gone" });
      const claims = { exp: nowSeconds() + 300 };
      return send(await withHop(chain, { from: name, by: "gone", to: `${name}/run`, key: "run", claims }), "run");
    },
  ],
  [
    "a disabled name as a child of its delegator",
    "actor_disabled",
    async () => {
      const name = `${AGENT}/barred`;
      await putWorkload(name, { keys: [(await keyNamed("barred")).jwk], disabled: true });
      return send(await withHop(await agentChain(), { ...toService, to: name, key: "barred" }), "barred");
    },
  ],
  [
    "a key that was rotated away, with its verdict remembered",
    "actor_unproven",
    async () => {
      const name = "spiffe://acme.example/services/rotated";
      await putWorkload(name, { keys: [(await keyNamed("old")).jwk] });
      const chain = await withHop(await agentChain(), { ...toService, to: name, key: "old" });
      expect(await send(chain, "old")).toContain("policy_denied");
      await putWorkload(name, { keys: [(await keyNamed("new")).jwk] });
      return send(chain, "old");
    },
  ],
  [
    "a client's key after the client was disabled",
    "actor_disabled",
    async () => {
      const client = { client_id: "brief", actor: "urn:acme:brief", keys: [(await keyNamed("brief")).jwk] };
      await register(world, client);
      const chain = await withHop(await agentChain(), { ...toService, to: "urn:acme:brief", key: "brief" });
      expect(await send(chain, "brief")).toContain("policy_denied");
      await register(world, { ...client, disabled: true });
      return send(chain, "brief");
    },
  ],
];
