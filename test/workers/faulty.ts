/**
 * The Worker as it is, with a ledger and a queue that fail: before they have done their work, or after, when only the answer
 * is lost. What it is given is the real Durable Objects and the real queue, each behind a proxy.
 */

import type { Env } from "../../worker/env.ts";
import worker, { Ledger as HonestLedger } from "../../worker/index.ts";

export * from "../../worker/index.ts";

/** The ledger as it is, and a way behind its back. */
export class Ledger extends HonestLedger {
  tamper(): void {
    this.ctx.storage.sql.exec("UPDATE entries SET record = replace(record, 'allowed', 'denied') WHERE seq = 2");
  }
}

/** Share of the calls that fail, in each of the two ways. */
const SHARE = 0.2;

async function withFaults<T>(call: () => Promise<T>): Promise<T> {
  if (Math.random() < SHARE) throw new Error("injected: before");
  const answer = await call();
  if (Math.random() < SHARE) throw new Error("injected: after");
  return answer;
}

function faulty(env: Env): Env {
  return {
    ...env,
    LEDGER: {
      getByName: (name: string) => {
        const ledger = env.LEDGER.getByName(name);
        return {
          append: (task: string, id: string, record: string) => withFaults(async () => ledger.append(task, id, record)),
          entries: () => ledger.entries(),
          find: (id: string) => ledger.find(id),
        };
      },
    } as unknown as Env["LEDGER"],
    AUDIT_QUEUE: {
      send: (message: never) => withFaults(() => env.AUDIT_QUEUE.send(message)),
      metrics: () => env.AUDIT_QUEUE.metrics(),
    } as unknown as Env["AUDIT_QUEUE"],
  };
}

export default {
  fetch: async (request, env, ctx) => {
    const tampered = new URL(request.url).searchParams.get("tamper");
    if (tampered === null) return worker.fetch(request, faulty(env), ctx);
    await (env.LEDGER.getByName(tampered) as unknown as Ledger).tamper();
    return new Response(null, { status: 204 });
  },
  queue: (batch, env) => worker.queue(batch, faulty(env)),
} satisfies ExportedHandler<Env, never>;
