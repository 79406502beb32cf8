/** Attacks on names that succeeded once. */
import { expect, test } from "vitest";
import type { AuditRecord } from "../../../worker/ledger/record.ts";
import { CAST, keyNamed } from "../../vectors/craft.ts";
import { rootOf, toAgent, toService } from "../chains.ts";
import { ADMIN_TOKEN, call, nowSeconds, recordsOf, taskOf, untilAfter } from "../harness.ts";
import { AGENT, personToken, register, SERVICE } from "../oauth.ts";
import {
  agentChain,
  ask,
  bearer,
  exchangeForm,
  PARTNER,
  putWorkload,
  recordOf,
  said,
  send,
  taskOfParty,
  withHop,
  world,
} from "./given.ts";

export function testNames(): void {
  test("a disabled workload gets no token as a client", async () => {
    const name = "urn:acme:stopped";
    await register(world, { client_id: "stopped", actor: name });
    await putWorkload(name, { keys: [(await keyNamed("stopped")).jwk], disabled: true });
    const answer = await ask("stopped", { grant_type: "client_credentials" });
    expect(await said(answer)).not.toContain("200");
  });

  test("an actor with another `act.iss` is not ours, although the issuer may state the name", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const act = { sub: AGENT, iss: "https://evil.example" };
    await bearer(await rootOf({ claims: { act, txn, cnf: undefined } }));
    const { decision } = await recordOf(txn);
    expect(decision?.question.request.principal).not.toEqual({ type: "Workload", id: AGENT });
  });

  test("a `may_act` of another issuer does not name our client", async () => {
    const token = await personToken({ may_act: { iss: PARTNER, sub: "support-agent" } });
    expect(await said(await ask("support-agent", exchangeForm(token)))).not.toContain("200");
  });

  test("a told name below a bare origin does not take part in the task of the workload with that name", async () => {
    const name = `${CAST.app}/jobs:1`;
    await putWorkload(name, { keys: [(await keyNamed("jobs")).jwk] });
    const txn = `task-${crypto.randomUUID()}`;
    const act = async (key: string): Promise<AuditRecord> => {
      // The task is introduced by whoever has the name.
      const root = await rootOf({ claims: { txn: undefined } });
      const chain = await withHop(root, { from: CAST.app, by: "app", to: name, key });
      const next = { from: name, by: key, to: SERVICE, key: "service", claims: { txn, exp: nowSeconds() + 300 } };
      await call(world, { path: "/told/17", chain: await withHop(chain, next) });
      return recordOf(taskOfParty(txn, name));
    };
    const real = await act("jobs");
    const borrowed = await act("mallory").catch(() => undefined);
    const entries = await recordsOf(world, taskOfParty(txn, name), 1);
    expect(real.chain?.actors[1]).toEqual({ iss: CAST.app, sub: name, proof: "registered" });
    expect(borrowed?.chain?.actors[1]).toMatchObject({ proof: "registered" });
    expect(entries).toHaveLength(1);
  });

  test("a child name is compared with its delegator's own name, if the issuer maps the actor", async () => {
    const issuer = `${world.upstream.url}/jwks/oidc`;
    world.upstream.jwks.set("oidc/.well-known/openid-configuration", { issuer, jwks_uri: `${issuer}/keys` });
    world.upstream.jwks.set("oidc/keys", { keys: [{ ...(await keyNamed("oidc")).jwk, kid: "o", use: "sig" }] });
    const txn = `task-${crypto.randomUUID()}`;
    const root = await rootOf({
      claims: {
        iss: issuer,
        email: "a@acme.example",
        acting_app: "https://app.acme.example",
        client_id: "https://app.acme.example/admin",
        tctx: undefined,
        txn,
        scope: undefined,
      },
      header: { typ: "JWT", kid: "o" },
      signedBy: "oidc",
    });
    const from = "https://app.acme.example/admin";
    const chain = await withHop(root, {
      from,
      by: "app",
      to: `${from}/run`,
      key: "run",
      claims: { scope: "orders:read" },
    });
    const answer = await send(chain, "run");
    const [record] = (await recordsOf(world, taskOf(txn, issuer), 1).catch(() => [])) as AuditRecord[];
    expect([answer.slice(0, 3), record?.chain?.actors]).not.toEqual([
      "403",
      [
        { iss: CAST.app, sub: CAST.app, proof: "registered" },
        { iss: CAST.app, sub: `${from}/run`, proof: "child" },
      ],
    ]);
  });

  test("a registration that has expired no longer counts", async () => {
    const name = "spiffe://acme.example/services/brief";
    const ends = nowSeconds() + 4;
    const expires = new Date(ends * 1000).toISOString();
    await putWorkload(name, { keys: [(await keyNamed("brief-w")).jwk], expires });
    const hop = { ...toService, to: name, key: "brief-w" };
    expect(await send(await withHop(await agentChain(), hop), "brief-w")).toContain("policy_denied");
    await untilAfter(ends);
    const again = async (): Promise<string> => send(await withHop(await agentChain(), hop), "brief-w");
    await expect.poll(again).toContain("actor_expired");
  });

  test("of six clients that register one actor at the same time, one gets it", async () => {
    const actor = "urn:acme:raced";
    const taken: number[] = [];
    for (let round = 0; round < 10; round++) {
      const clients = Array.from({ length: 6 }, (_, k) => ({ client_id: `racer-${k}`, actor: `${actor}-${round}` }));
      const answers = await Promise.all(clients.map((client) => register(world, client)));
      taken.push(answers.filter(({ ok }) => ok).length);
    }
    expect(Math.max(...taken)).toBe(1);
  });

  test("new names below one's own share one rate", async () => {
    const statuses: string[] = [];
    for (let k = 0; k < 12; k++) {
      const parent = await rootOf({ claims: { scope: "crm:read" } });
      const child = await withHop(await withHop(parent, { ...toAgent, claims: { scope: "crm:read" } }), {
        ...{ from: AGENT, by: "agent", to: `${AGENT}/run-${k}`, key: "run" },
        claims: { scope: "crm:read", exp: nowSeconds() + 300 },
      });
      statuses.push((await send(child, "run", "/crm-limited/7")).slice(0, 3));
    }
    expect(statuses).toContain("429");
  });

  test("a name that is registered with its own keys cannot be used by the owner of the name above it", async () => {
    const name = `${CAST.app}/payments`;
    await putWorkload(name, { keys: [(await keyNamed("payments")).jwk] });
    const txn = `task-${crypto.randomUUID()}`;
    await send(await withHop(await rootOf({ claims: { txn } }), { ...toAgent, to: name, key: "mallory" }), "mallory");
    const { decision } = await recordOf(txn);
    expect(decision?.question.request.principal).not.toEqual({ type: "Workload", id: name });
  });

  test("names that a delegator invents do not accumulate in the inventory", async () => {
    for (let k = 0; k < 12; k++) {
      const txn = `task-${crypto.randomUUID()}`;
      const chain = await withHop(await agentChain({ txn }), { ...toService, to: `urn:made-up:${k}`, key: "mallory" });
      await send(chain, "mallory");
      expect((await recordOf(txn)).outcome).toBe("denied");
    }
    const answer = await fetch(`${world.url}/admin/workloads`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    const { workloads } = (await answer.json()) as { workloads: { actor: string }[] };
    expect(workloads.filter(({ actor }) => actor.includes("urn:made-up:")).length).toBeLessThan(12);
  });

  test("an unproven name does not escape what policies forbid to a partner's domain", async () => {
    const refund = async (client: string): Promise<string> => {
      const from = `https://agents.partner.example/${client}`;
      const root = await rootOf({ claims: { client_id: from, cnf: { jwk: (await keyNamed("partner")).jwk } } });
      const chain = await withHop(await withHop(root, { ...toAgent, from, by: "partner" }), toService);
      const key = await keyNamed("service");
      return said(await call(world, { method: "POST", path: "/refunds", chain, key, body: "{}" }));
    };
    // Registered: `partners-never-write` forbids it.
    expect(await refund("reader")).toContain("partners may only read");
    expect(await refund("writer")).not.toContain("200");
  });
}
