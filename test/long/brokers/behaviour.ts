/** What every consumer of a broker does, by one table for all of them. */
import { expect, test } from "vitest";
import { askConsole, startSession } from "../../../cli/people.ts";
import type { NotActed } from "../../../sdk/brokers.ts";
import { HopgateError } from "../../../sdk/envelope.ts";
import type { AuditRecord } from "../../../worker/ledger/record.ts";
import { ADMIN_TOKEN, recordsOf, type World } from "../../e2e/harness.ts";
import { agentChain, endTask, newTask, sealed } from "../../e2e/messages.ts";
import type { Client, Consuming } from "./client.ts";
import { consumingAt } from "./faults.ts";
import { connect, type Setting } from "./party.ts";

export interface Behaving extends Pick<Setting, "broker" | "port"> {
  readonly world: World;
}

const COPIES = 64;

/** @param field what the adapter says of a message without an envelope */
export function testConsumer(behaving: () => Behaving, field: string): void {
  /** A consumer that ends with the test. */
  async function withConsumer(
    more: Partial<Consuming>,
    handle: (payload: string, messageKey: string, subject: string) => void,
    run: (client: Client, world: World) => Promise<void>,
  ): Promise<void> {
    const { world, ...setting } = behaving();
    const client = await connect(setting);
    try {
      await client.consume({ report: () => undefined, ...(await consumingAt(world)), ...more }, (payload, opened) =>
        handle(new TextDecoder().decode(payload), opened.messageKey, opened.provenance.subject.sub),
      );
      await run(client, world);
    } finally {
      await client.close();
    }
  }

  /** The reason of the next dead letter. */
  async function reasonOf(payload: string, client: Client): Promise<string> {
    let reason = "";
    await expect
      .poll(async () => {
        const dead = await client.takeDead();
        if (dead?.payload === payload) reason = dead.reason;
        return reason;
      })
      .not.toBe("");
    return reason;
  }

  test(`${COPIES} copies of a message are one message, for the person whom its chain names`, async () => {
    const seen: string[][] = [];
    const payload = `copied ${crypto.randomUUID()}`;
    await withConsumer(
      {},
      (...delivered) => seen.push(delivered),
      async (client) => {
        const envelope = await sealed(payload, await agentChain(newTask()));
        await Promise.all(Array.from({ length: COPIES }, () => client.publish(payload, envelope)));
        await expect.poll(() => seen.length).toBe(COPIES);
        expect(new Set(seen.map(String))).toEqual(new Set([`${payload},${seen[0]?.[1]},alice`]));
      },
    );
  });

  test("messages of different producers with the same id are different messages", async () => {
    const keys: string[] = [];
    await withConsumer(
      {},
      (_, key) => keys.push(key),
      async (client) => {
        const chain = await agentChain(newTask());
        for (const id of ["m-1", "m-1", "m-2"]) await client.publish("x", await sealed("x", chain, { id }));
        await expect.poll(() => keys.length).toBe(3);
        // Sealed again under its id, it is the same message.
        expect(new Set(keys).size).toBe(2);
      },
    );
  });

  test("a message that is not sealed, was changed, or belongs to an ended task is never handled, and its dead letter says why", async () => {
    const handled: string[] = [];
    await withConsumer(
      {},
      (payload) => handled.push(payload),
      async (client, world) => {
        const txn = newTask();
        const ended = await sealed("ended", await agentChain(txn));
        await endTask(world, txn);
        await client.publishUnsealed("unsealed");
        expect(await reasonOf("unsealed", client)).toBe(`message_malformed: ${field}`);
        await client.publish("not this", await sealed("this", await agentChain(newTask())));
        expect(await reasonOf("not this", client)).toMatch(/^envelope_digest: /);
        await client.publish("ended", ended);
        expect(await reasonOf("ended", client)).toMatch(/^revoked: /);
        await client.publish("no jws", "no jws");
        expect(await reasonOf("no jws", client)).toBe("message_malformed: `hop-envelope` is not an envelope");
        expect(handled).toEqual([]);
      },
    );
  });

  test("waiting for an approval never counts as a failure of the handler", async () => {
    const payload = `export ${crypto.randomUUID()}`;
    const waits = new Map<string, number>();
    const dead: string[] = [];
    const report = ({ kind, rule, cause }: NotActed): void => {
      if (kind === "dead") dead.push(rule);
      const approval = cause instanceof HopgateError ? cause.refusal?.approval?.id : undefined;
      if (approval !== undefined) waits.set(approval, (waits.get(approval) ?? 0) + 1);
    };
    const { world } = behaving();
    const route = `${world.url}/jobs/exports`;
    let handled = 0;
    await withConsumer(
      { route, audience: "https://orders.acme.example", attempts: 2, report },
      () => {
        handled += 1;
        if (handled === 1) throw new Error("the database is down");
      },
      async (client) => {
        await client.publish(payload, await sealed(payload, await agentChain(newTask()), { scopes: ["orders:read"] }));
        const remote = { gateway: world.url, adminToken: ADMIN_TOKEN };
        const session = await startSession(remote, { name: "petra", groups: ["data-protection"] });
        const vote = { decision: "approve", group: "data-protection" };
        for (const times of [1, 2]) {
          await expect.poll(() => [...waits.values()][times - 1] ?? 0).toBeGreaterThan(3);
          await askConsole(remote, session, `approvals/${[...waits.keys()][times - 1]}`, vote);
          await expect.poll(() => handled).toBe(times);
        }
        expect(dead).toEqual([]);
      },
    );
  });

  test("a message whose handler fails becomes a dead letter, and is handled again after an approval, which the ledger records", async () => {
    const txn = newTask();
    const payload = `fails ${txn}`;
    let failed = 0;
    await withConsumer(
      { attempts: 2 },
      () => {
        failed += 1;
        throw new Error("the database is down");
      },
      async (client, world) => {
        await client.publish(payload, await sealed(payload, await agentChain(txn)));
        await expect.poll(async () => (await recordsOf(world, txn, 2)).length).toBe(2);
        await expect.poll(() => failed).toBe(2);
      },
    );
    const handled: string[] = [];
    const asked = new Set<string>();
    const report = ({ cause }: NotActed): void => {
      const approval = cause instanceof HopgateError ? cause.refusal?.approval?.id : undefined;
      if (approval !== undefined) asked.add(approval);
    };
    // It is delivered more often than its handler may fail elsewhere, and is not lost when it fails once more.
    await withConsumer(
      { deadLetter: true, attempts: 1, report },
      (each) => {
        handled.push(each);
        if (handled.length === 1) throw new Error("the database is down again");
      },
      async (_, world) => {
        const remote = { gateway: world.url, adminToken: ADMIN_TOKEN };
        const session = await startSession(remote, { name: "olga", groups: ["operations"] });
        const vote = { decision: "approve", group: "operations" };
        for (const times of [1, 2]) {
          await expect.poll(() => asked.size).toBe(times);
          expect(handled).toHaveLength(times - 1);
          await askConsole(remote, session, `approvals/${[...asked][times - 1]}`, vote);
          await expect.poll(() => handled).toHaveLength(times);
        }
        expect(handled).toEqual([payload, payload]);
        const records = (await recordsOf(world, txn, 3)) as AuditRecord[];
        expect(records.find(({ envelope, outcome }) => envelope?.deadLetter && outcome === "allowed")).toMatchObject({
          decision: { approvedBy: [{ sub: "olga", group: "operations" }] },
        });
      },
    );
  });
}
