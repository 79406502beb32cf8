/** Attacks on envelopes, and envelopes as the extension attribute of a CloudEvent. */
import fc from "fast-check";
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { dpopProof } from "../../sdk/client.ts";
import { type CloudEvent, openEvent, sealEvent } from "../../sdk/envelope.ts";
import { CAST, keyNamed, sign } from "../vectors/craft.ts";
import { nowSeconds, type World } from "./harness.ts";
import { agentChain, endTask, libraryKey, newTask, openAs, REFUNDS, ruleOf, sealed } from "./messages.ts";
import { sharedWorld } from "./shared-world.ts";

/** A workload with a registered key that no policy lets make refunds. */
const NIGHTLY = "spiffe://acme.example/jobs/nightly";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

describe("an envelope is refused", () => {
  type Change = Record<string, unknown>;
  /** Seals anew, with other claims, header or key. */
  async function forged(
    change: Change,
    header: Change = {},
    signedBy = "agent",
    chainClaims: Change = {},
  ): Promise<string> {
    const good = decodeJwt(await sealed("x", await agentChain(newTask(), chainClaims)));
    return sign({ alg: "EdDSA", typ: "hop-envelope+jwt", ...header }, { ...good, ...change }, await keyNamed(signedBy));
  }

  test.each<[string, () => Promise<string>, string]>([
    ["sealed by another key", () => forged({}, {}, "service"), "envelope_signature"],
    ["sealed by the key of the app, a hop above", () => forged({}, {}, "app"), "envelope_signature"],
    ["of another type", () => forged({}, { typ: "hop+jwt" }), "envelope_malformed"],
    ["without an id", () => forged({ jti: undefined }), "envelope_malformed"],
    ["with a digest of another kind", () => forged({ digest: "md5=:AAAA:" }), "envelope_malformed"],
    ["that names another producer", () => forged({ iss: CAST.app }), "envelope_mismatch"],
    ["that names another consumer", () => forged({ sub: "urn:other" }), "envelope_mismatch"],
    ["that names another task", () => forged({ txn: "task-other" }), "envelope_mismatch"],
    ["that names another purpose", () => forged({ purpose: "marketing" }), "envelope_mismatch"],
    ["for another payload", async () => sealed("y", await agentChain(newTask())), "envelope_digest"],
    ["after its time", () => forged({ exp: nowSeconds() - 1 }), "envelope_expired"],
    ["sealed in the future", () => forged({ iat: nowSeconds() + 60 }), "envelope_expired"],
    ["whose chain has expired", () => forged({}, {}, "agent", { exp: nowSeconds() - 1 }), "expired"],
  ])("%s", async (_, make, rule) => {
    expect(await ruleOf(openAs(world, "x", await make(), "m-1"))).toBe(rule);
  });

  test("if any one character is changed", async () => {
    const good = await sealed("x", await agentChain(newTask()));
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~=";
    const changed = fc.record({ at: fc.nat(good.length - 1), letter: fc.constantFrom(...letters) });
    await fc.assert(
      fc.asyncProperty(changed, async ({ at, letter }) => {
        fc.pre(good[at] !== letter);
        const envelope = good.slice(0, at) + letter + good.slice(at + 1);
        const chain = decodeJwt<{ chain: string }>(good).chain;
        const key = libraryKey(await keyNamed("service"));
        const url = `${world.url}/jobs/refunds`;
        const dpop = await dpopProof({ key, chain, method: "POST", url });
        const digest = decodeJwt<{ digest: string }>(good).digest;
        const headers = { authorization: `Envelope ${envelope}`, dpop, "hop-message": "m", "content-digest": digest };
        const { status } = await fetch(url, { method: "POST", headers });
        expect([400, 401]).toContain(status);
      }),
      { numRuns: 300 },
    );
    // Nothing of that was taken for the message: it can still be acted on.
    expect(await ruleOf(openAs(world, "x", good, "m-1"))).toBeUndefined();
  });

  test("if it contains a root alone, because nobody has delegated to a consumer", async () => {
    const root = (await agentChain(newTask())).split("~")[0] as string;
    const good = decodeJwt(await sealed("x", await agentChain(newTask())));
    const envelope = await sign(
      { alg: "EdDSA", typ: "hop-envelope+jwt" },
      { ...good, iss: CAST.app, sub: CAST.app, chain: root },
      await keyNamed("app"),
    );
    expect(await ruleOf(openAs(world, "x", envelope, "m-1", "app"))).toBe("envelope_signature");
  });

  test("if another consumer opens it", async () => {
    const envelope = await sealed("x", await agentChain(newTask()));
    expect(await ruleOf(openAs(world, "x", envelope, "m-1", "agent"))).toBe("proof_key_mismatch");
  });

  test("if only the agent states that the key is the consumer's", async () => {
    const envelope = await sealed("x", await agentChain(newTask()), { to: "urn:acme:somebody" });
    expect(await ruleOf(openAs(world, "x", envelope, "m-1"))).toBe("actor_unproven");
  });

  test("if the policies do not permit its consumer", async () => {
    const toKey = libraryKey(await keyNamed("nightly"));
    const envelope = await sealed("x", await agentChain(newTask()), { to: NIGHTLY, toKey });
    expect(await ruleOf(openAs(world, "x", envelope, "m-1", "nightly"))).toBe("policy_denied");
  });

  test.each<[string, Record<string, string>, string]>([
    ["without a delivery's id", { "hop-message": "" }, "message_malformed"],
    ["with a digest that is none", { "content-digest": "x" }, "message_malformed"],
    ["as a chain", { authorization: "DPoP a.b.c" }, "credential_scheme"],
  ])("presented %s", async (_, headers, rule) => {
    const envelope = await sealed("x", await agentChain(newTask()));
    const answer = await fetch(`${world.url}/jobs/refunds`, {
      method: "POST",
      headers: { authorization: `Envelope ${envelope}`, dpop: "a.b.c", "hop-message": "m-1", ...headers },
    });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(rule)]);
  });

  test("on a route for chains", async () => {
    const envelope = await sealed("x", await agentChain(newTask()));
    const answer = await fetch(`${world.url}/orders/17`, { headers: { authorization: `Envelope ${envelope}` } });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("credential_scheme")]);
  });
});

describe("a CloudEvent", () => {
  const event = (): CloudEvent => ({
    specversion: "1.0",
    id: crypto.randomUUID(),
    source: "https://app.acme.example/refunds",
    type: "example.acme.refund.v1",
    datacontenttype: "application/json",
    data: { order: 17, amount: "49.90" },
  });
  const opening = async () => ({
    route: `${world.url}/jobs/refunds`,
    key: libraryKey(await keyNamed("service")),
    issuer: CAST.gateway,
    audience: REFUNDS,
  });
  const seal = async (txn: string) =>
    sealEvent(event(), await agentChain(txn), {
      key: libraryKey(await keyNamed("agent")),
      to: CAST.service,
      toKey: libraryKey(await keyNamed("service")),
      scopes: ["refunds:write"],
    });

  test("contains its envelope, and is accepted with attributes that a broker added or reordered", async () => {
    const txn = newTask();
    const { data, ...rest } = await seal(txn);
    const delivered = {
      traceparent: "00-...",
      data: Object.fromEntries(Object.entries(data as object).reverse()),
      ...rest,
    };
    expect(await openEvent(delivered as CloudEvent, await opening())).toMatchObject({ provenance: { txn } });
    // Delivered again.
    expect(await openEvent(delivered as CloudEvent, await opening())).toMatchObject({ provenance: { txn } });
  });

  test.each<[string, Partial<CloudEvent>]>([
    ["data", { data: { order: 17, amount: "9949.90" } }],
    ["type", { type: "example.acme.payout.v1" }],
    ["id", { id: "another" }],
  ])("whose %s was changed is refused", async (_, change) => {
    const changed = { ...(await seal(newTask())), ...change } as CloudEvent;
    expect(await ruleOf(openEvent(changed, await opening()))).toBe("envelope_digest");
  });

  test("of a task that has ended is refused", async () => {
    const txn = newTask();
    const waiting = await seal(txn);
    await endTask(world, txn);
    expect(await ruleOf(openEvent(waiting, await opening()))).toBe("revoked");
  });
});
