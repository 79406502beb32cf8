/**
 * The Worker as it is, with a ledger that fails: before they have done their work, or after, when only the answer
 * is lost. What it is given is the real Durable Objects behind a proxy.
 */

import type { Env } from "../../worker/env.ts";
import worker, { Ledger as HonestLedger } from "../../worker/index.ts";
import type { Admitted } from "../../worker/ledger/admission.ts";

export * from "../../worker/index.ts";

/** Since the Worker began. */
let starts = 0;

/** The ledger as it is, a way behind its back, and one to end it in the middle of its work. */
export class Ledger extends HonestLedger {
  #ends: "before" | "after" | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    starts += 1;
  }

  /**
   * The next admissions end the object: before they are judged, or when their commit is made and nobody was answered.
   */
  endNext(): void {
    this.#ends = Math.random() < 0.5 ? "before" : "after";
  }

  override async admitAll(...asked: Parameters<HonestLedger["admitAll"]>): Promise<Admitted[]> {
    if (this.#ends === "before") this.ctx.abort("injected: restart before");
    const answers = await super.admitAll(...asked);
    if (this.#ends === "after") this.ctx.abort("injected: restart after");
    return answers;
  }

  tamper(task: string): void {
    const record = this.entries(task).find(({ seq }) => seq === 3)?.record as string;
    this.ctx.storage.sql.exec(
      "UPDATE entries SET record = ? WHERE seq = 3 AND task = (SELECT n FROM tasks WHERE tasks.task = ?)",
      ...[record.replaceAll("allowed", "denied"), task],
    );
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

let proxied: Env | undefined;

/** The same object each time: what the Worker makes for its bindings is made once. */
function faulty(env: Env): Env {
  const get = (id: DurableObjectId): unknown => {
    const ledger = env.LEDGER.get(id);
    const call =
      (method: "admit" | "admitAll" | "settle") =>
      (...given: never[]) =>
        withFaults(async () => (ledger[method] as (...given: never[]) => unknown)(...given));
    const calls: Record<string, unknown> = { admit: call("admit"), admitAll: call("admitAll"), settle: call("settle") };
    return new Proxy(ledger, { get: (target, method) => calls[String(method)] ?? Reflect.get(target, method) });
  };
  const idFromName = (name: string): DurableObjectId => env.LEDGER.idFromName(name);
  proxied ??= { ...env, LEDGER: { idFromName, get } as unknown as Env["LEDGER"] };
  return proxied;
}

export default {
  fetch: async (request, env, ctx) => {
    const { searchParams } = new URL(request.url);
    const ledger = env.LEDGER.getByName("1-0") as unknown as Ledger;
    const tampered = searchParams.get("tamper");
    if (tampered !== null) {
      await ledger.tamper(tampered);
      return new Response(null, { status: 204 });
    }
    if (!searchParams.has("restart")) return worker.fetch(request, faulty(env), ctx);
    try {
      await ledger.endNext();
    } catch {
      // It is ending just now.
    }
    return Response.json(starts);
  },
  queue: worker.queue,
} satisfies ExportedHandler<Env, never>;
