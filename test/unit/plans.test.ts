/** No statement of a Durable Object reads what grows (test/unit/ledger/plans.test.ts for the shards of the ledger). */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { ApprovalRequest, Vote } from "../../worker/approval/approval.ts";
import { parseWorkload } from "../../worker/chain/names/workload.ts";
import type { Env } from "../../worker/env.ts";
import { parseClient } from "../../worker/oauth/clients.ts";
import * as objects from "../../worker/objects.ts";
import type { Series } from "../../worker/telemetry/series.ts";
import { Streams } from "../../worker/transmitter/streams.ts";
import { createCipher } from "../../worker/trust/cipher.ts";
import type { VendorServer } from "../../worker/vendor/server.ts";
import { Vault } from "../../worker/vendor/vault.ts";
import { planned } from "./plans.ts";
import { receiver } from "./transmitter/given.ts";

const bindings = env as unknown as Env;
const inAMinute = Math.floor(Date.now() / 1000) + 60;
const owned = { owner: "team", purpose: "tests" };

/** Runs in an object of its own. @returns the statements that it made and that read all of a table or of an index */
async function scansOf<T extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<T>,
  run: (object: T, state: DurableObjectState) => Promise<unknown>,
): Promise<string[]> {
  const object = namespace.getByName("plans");
  const made = await planned(object, () => runInDurableObject(object, run));
  expect(made).not.toEqual([]);
  return made.filter(({ scans }) => scans).map(({ statement }) => statement);
}

const asking: ApprovalRequest = {
  ...{ binding: "b", groups: ["finance"], passkeys: [], final: false, task: "t", root: "r", caller: "c" },
  ...{ authority: { keys: [], issued: 0 }, people: [], issuers: [], expires: inAMinute },
  asked: { chain: { subject: { sub: "alice", iss: "idp" } } } as unknown as ApprovalRequest["asked"],
};
const vote: Vote = {
  ...{ group: "finance", by: { sub: "fred", iss: "login" }, persons: [], granted: true, comment: "" },
  time: new Date().toISOString(),
};
const passkey = { id: "p", publicKey: "k", counter: 1, transports: [], created: vote.time };
const workload = parseWorkload({ name: "urn:acme:plans", jwks_uri: "https://keys.acme.example", ...owned });
const client = parseClient({
  ...{ client_id: "plans", actor: "urn:acme:plans-client", auth_method: "spiffe_jwt", grants: ["client_credentials"] },
  ...{ audiences: ["https://orders.acme.example"], scopes: ["orders:read"], ...owned },
});
const grant = { key: "k", id: "i", person: "alice", grant: "{}", code: "{}", kind: "code" as const, secret: "first" };
const turn = { kind: "refresh" as const, secret: "next", grant: "{}", now: 1, expires: inAMinute };
const counted: Series = { name: "hopgate.requests", kind: "counter", attributes: {}, value: 1 } as unknown as Series;
const vendor: VendorServer = {
  ask: () => Promise.reject(new Error("not asked")),
  redeem: () => Promise.reject(new Error("not asked")),
  renew: () => Promise.resolve({ access: "next", refresh: "next", until: Number.MAX_SAFE_INTEGER }),
  giveBack: () => Promise.resolve(),
};

/** Every method of each object, and what reads a table or an index from end to end: a few rows, or on purpose. */
const OBJECTS: Record<Exclude<keyof typeof objects, "Ledger">, () => Promise<void>> = {
  async Approvals() {
    const scans = await scansOf(bindings.APPROVALS, async (object) => {
      const opened = await object.open(asking);
      await object.open(asking);
      object.list();
      object.vote(opened?.id as string, vote);
      object.spend(opened?.id as string, "b");
      object.addPasskey("fred", object.beginPasskey("fred"), passkey);
      object.passkeys("fred");
      const signed = { ...passkey, person: "fred", nonce: object.beginPasskey("fred"), counter: 2 };
      object.vote((await object.open({ ...asking, binding: "c" }))?.id as string, { ...vote, passkey: "p" }, signed);
      object.removePasskey("fred", "p");
      await object.alarm();
    });
    expect(scans).toEqual(["SELECT * FROM asked ORDER BY rowid DESC LIMIT 200", leastOf("expires", "asked")]);
  },
  async Clients() {
    const scans = await scansOf(bindings.CLIENTS, async (object) => {
      await object.read("plans");
      await object.put(client, "any");
      await object.put({ ...client, actor: "urn:acme:plans-client-2" }, "any");
    });
    expect(scans).toEqual([]);
  },
  async Comparisons() {
    const scans = await scansOf(bindings.COMPARISONS, async (object) => {
      object.add("a", "{}");
      object.read("a");
    });
    expect(scans).toEqual(["DELETE FROM differences WHERE seq <= (SELECT MAX(seq) FROM differences) - ?"]);
  },
  async Grants() {
    const scans = await scansOf(bindings.GRANTS, async (object) => {
      await object.open({ ...grant, used: 0, expires: inAMinute });
      object.find("k");
      await object.turn("k", "first", turn);
      object.list("alice");
      object.end("k");
      await object.alarm();
    });
    expect(scans).toEqual([leastOf("expires", "grants")]);
  },
  async Limits() {
    const scans = await scansOf(bindings.LIMITS, async (object) => {
      for (let n = 0; n < 2; n++) await object.take("caller", { requests: 1, seconds: 60 });
      await object.alarm();
    });
    expect(scans).toEqual([leastOf("due", "limits")]);
  },
  async Registrations() {
    const add = (id: string) => (object: objects.Registrations) => object.add(id, "{}", inAMinute);
    const scans = await scansOf(bindings.REGISTRATIONS, async (object) => {
      await add("a")(object);
      object.find("a");
      object.keep("a", inAMinute);
      await object.alarm();
    });
    expect(scans).toEqual(["SELECT count(*) AS count FROM registrations", leastOf("expires", "registrations")]);
    // They are counted once, and again only after the alarm.
    expect(await scansOf(bindings.REGISTRATIONS, add("b"))).toHaveLength(1);
    expect(await scansOf(bindings.REGISTRATIONS, add("c"))).toEqual([]);
  },
  async Releases() {
    const set = { hash: "h", bytes: new Uint8Array([1]) };
    const scans = await scansOf(bindings.RELEASES, async (object) => {
      object.append({ seq: 1, kind: "current", release: "{}", jws: "j" }, set);
      object.last("current");
      await object.set("h");
      object.list();
    });
    expect(scans).toEqual([
      "SELECT seq, jws FROM releases ORDER BY seq DESC LIMIT 1",
      // Once for each release, which a person signs.
      "DELETE FROM sets WHERE hash NOT IN (SELECT hash FROM releases WHERE hash IS NOT NULL AND seq IN (SELECT MAX(seq) FROM releases GROUP BY kind))",
      "SELECT release FROM releases ORDER BY seq DESC",
    ]);
  },
  async Revocations() {
    const scans = await scansOf(bindings.REVOCATIONS, async (object) => {
      await object.revoke(["k"], "because", { before: 1, until: 1 });
      await object.revoke(["lifted"], "because");
      await object.lift(["lifted"], "because");
      object.anyRevoked({ keys: ["k"], issued: 1 });
      object.latest(10);
      await object.alarm();
      object.join("plans", 0);
    });
    expect(scans).toEqual([
      // There are as many as the ledger has shards.
      "SELECT name FROM shards WHERE told < (SELECT ifnull(max(seq), 0) FROM revocations)",
      "SELECT key, before, time, reason FROM revocations ORDER BY seq DESC LIMIT ?",
    ]);
  },
  async Seen() {
    const scans = await scansOf(bindings.SEEN, async (object) => {
      await object.see("c", ["f"], 1);
      object.look("c", ["f"]);
      await object.deny("d");
      await object.alarm();
    });
    // Callers are counted when one is new.
    expect(scans).toEqual(["SELECT count(*) AS count FROM callers", "SELECT 1 FROM callers LIMIT 1"]);
  },
  async Sessions() {
    const scans = await scansOf(bindings.SESSIONS, async (object) => {
      await object.put("token", "h", "v", inAMinute);
      object.take("token", "h");
      await object.alarm();
    });
    expect(scans).toEqual([leastOf("expires", "secrets")]);
  },
  async Streams() {
    const scans = await scansOf(bindings.STREAMS, async (_, state) => {
      const edges = { receiver: () => receiver(), fetch: async () => new Response(null, { status: 202 }) };
      const stream = new Streams(state, {}, edges);
      await stream.add({ jti: "j", uri: "u", jws: "s" }, true);
      await stream.poll(1, ["other"], { j: "because" }, 0);
      stream.report();
      await stream.retry();
      stream.mayVerify(1);
      await stream.alarm();
      await stream.change({ ...stream.state(), status: "disabled" });
    });
    // A stream has at most 1,000 events.
    expect(scans.filter((statement) => !/\bFROM events\b|^UPDATE events\b/.test(statement))).toEqual([]);
  },
  async Totals() {
    const scans = await scansOf(bindings.TOTALS, async (object) => {
      object.add([counted]);
      object.all();
    });
    expect(scans).toEqual([]);
  },
  async Vault() {
    const alice = { iss: "https://idp.example", sub: "alice" };
    const scans = await scansOf(bindings.VAULT, async (_, state) => {
      const vault = new Vault(state, env, {
        cipher: createCipher({ keys: [{ kty: "oct", kid: "k", k: "A".repeat(43) }] }),
        vendors: new Map([["crm", { issuer: "https://crm.example", server: vendor }]]),
        ...{ secretOf: () => undefined, fetch: () => Promise.reject(new Error("nothing is fetched")) },
        now: () => 2000,
      });
      await vault.keep(alice, "crm", { access: "a", refresh: "r", until: 1000 }, []);
      const used = await vault.use(alice, "crm");
      await vault.refuse(alice, "crm", used?.version as string);
      await vault.has(alice, "crm");
      await vault.list(alice);
      await vault.end(alice, "crm");
    });
    expect(scans).toEqual([]);
  },
  async Workflows() {
    const scans = await scansOf(bindings.WORKFLOWS, async (object) => {
      await object.accept({ acti: "acti", prev: "prev", target: "target" }, "proof", "actc");
      await object.alarm();
    });
    expect(scans).toEqual([leastOf("expires", "accepted")]);
  },
  async Workloads() {
    const scans = await scansOf(bindings.WORKLOADS, async (object) => {
      await object.put(workload, "any");
      await object.read(workload.name);
      await object.remove(workload.name, "any");
    });
    expect(scans).toEqual([]);
  },
};

function leastOf(column: string, table: string): string {
  const name = column === "expires" ? "next" : column;
  return `SELECT MIN(${column}) AS ${name} FROM ${table}`;
}

describe("no statement reads what grows:", () => {
  test.each(Object.keys(OBJECTS) as (keyof typeof OBJECTS)[])("%s", (name) => OBJECTS[name]());

  test("every Durable Object is in this list, or is a shard of the ledger", () => {
    expect(Object.keys(objects).toSorted()).toEqual([...Object.keys(OBJECTS), "Ledger"].toSorted());
  });
});
