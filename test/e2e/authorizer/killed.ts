/** A proxy that is killed during requests: what it has forwarded was recorded before, and is forwarded once. */
import { expect, test } from "vitest";
import { type KindName, startProxy } from "../../../local/asking-proxies.ts";
import { tellEntries } from "../../../worker/ledger/outcomes.ts";
import type { AuditRecord } from "../../../worker/ledger/record.ts";
import { cases, kills } from "../../cases.ts";
import { chainNow, ledgerNow, proofFor, type World } from "../harness.ts";

const KILLS = kills(cases(100));
const CALLERS = 8;
/** Longer than a busy machine takes for all of them. */
const LONG_MS = 600_000;

interface Sent {
  readonly path: string;
  readonly headers: Record<string, string>;
}

/** @param given the world whose gateway and upstream the proxies know */
export function testKilled(kind: KindName, given: () => World): void {
  test(
    `is killed ${KILLS} times: nothing is forwarded that is not on record, and nothing twice, even if callers send it again`,
    async () => {
      const world = given();
      const txn = `task-${crypto.randomUUID()}`;
      const chain = await chainNow({ 0: { claims: { txn } } });
      let made = 0;
      let proxy = await startProxy(kind);
      const send = ({ path, headers }: Sent): Promise<number> =>
        fetch(proxy.url + path, { headers }).then(async (answer) => {
          await answer.text();
          return answer.status;
        });
      const another = async (): Promise<Sent> => {
        const path = `/orders/${kind}-${made++}`;
        return { path, headers: { authorization: `DPoP ${chain}`, dpop: await proofFor(proxy, chain, { path }) } };
      };

      /** Callers send until the proxy is killed, which is after so many answers. @returns what was not answered */
      async function untilKilled(answers: number): Promise<Sent[]> {
        const [unanswered, statuses]: [Sent[], number[]] = [[], []];
        let killed: Promise<void> | undefined;
        const caller = async (): Promise<void> => {
          while (killed === undefined) {
            const request = await another();
            try {
              statuses.push(await send(request));
            } catch {
              unanswered.push(request);
              return;
            }
            if (statuses.length >= answers) killed ??= proxy.kill();
          }
        };
        await Promise.all(Array.from({ length: CALLERS }, caller));
        await killed;
        expect(statuses).toEqual(statuses.map(() => 200));
        return unanswered;
      }

      for (let round = 0; round < KILLS; round++) {
        const unanswered = await untilKilled(1 + (round % (2 * CALLERS)));
        proxy = await startProxy(kind);
        // Their proofs are spent, if the gateway was asked about them.
        for (const request of unanswered) expect([200, 401]).toContain(await send(request));
      }
      await proxy.stop();

      const records = tellEntries(await ledgerNow(world, txn)).map(({ record }) => record as AuditRecord);
      const allowed = records.filter(({ outcome }) => outcome === "allowed").map(({ request }) => request?.path);
      expect(new Set(allowed).size).toBe(allowed.length);
      const reached = [...world.upstream.asked].filter(([path]) => path.startsWith(`/orders/${kind}-`));
      expect(reached.length).toBeGreaterThanOrEqual(KILLS);
      expect(reached.filter(([, times]) => times !== 1)).toEqual([]);
      expect(reached.filter(([path]) => !allowed.includes(path))).toEqual([]);
    },
    LONG_MS,
  );
}
