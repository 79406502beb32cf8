/** The Worker as it is, with a shard of the ledger that can be made to refuse revocations. */
import type { Env } from "../../worker/env.ts";
import worker, { Ledger as HonestLedger } from "../../worker/index.ts";

export * from "../../worker/index.ts";

export class Ledger extends HonestLedger {
  #deaf = false;

  setDeaf(deaf: boolean): void {
    this.#deaf = deaf;
  }

  override hear(...told: Parameters<HonestLedger["hear"]>): void {
    if (this.#deaf) throw new Error("injected: the shard does not hear");
    super.hear(...told);
  }
}

export default {
  fetch: async (request, env, ctx) => {
    const deaf = new URL(request.url).searchParams.get("deaf");
    if (deaf === null) return worker.fetch(request, env, ctx);
    const shard = env.LEDGER.getByName("1-0") as unknown as Ledger;
    await shard.setDeaf(deaf === "yes");
    return new Response(null, { status: 204 });
  },
  queue: worker.queue,
} satisfies ExportedHandler<Env, never>;
