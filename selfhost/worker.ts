/**
 * The production bundle on plain workerd, with Durable Objects and a folder instead of Cloudflare's KV, Queues and R2.
 * The bundle is byte for byte the one that is deployed.
 */
import type { Env } from "../worker/env.ts";
import production, {
  Clients as ProductionClients,
  Ledger as ProductionLedger,
  Workloads as ProductionWorkloads,
} from "../worker/index.ts";
import { bucketOn } from "./bucket.ts";
import { asFromEdge, type FrontEnv } from "./from-front.ts";
import { type KeyValues, keyValuesOn } from "./key-values.ts";
import { queueOn, WaitingQueue } from "./queues.ts";

export * from "../worker/index.ts";
export { KeyValues } from "./key-values.ts";

/** Bindings from the configuration of workerd (config.ts). */
interface SelfhostEnv extends Omit<Env, "KV" | "NOTICE_QUEUE" | "ARCHIVE">, FrontEnv {
  readonly KEY_VALUES: DurableObjectNamespace<KeyValues>;
  readonly QUEUES: DurableObjectNamespace<Queues>;
  readonly ARCHIVE_DISK: Fetcher;
}

let adapted: Env | undefined;

/** Always the same object, because the Worker caches what it makes for its bindings. */
function adapt(env: SelfhostEnv): Env {
  adapted ??= {
    ...env,
    KV: keyValuesOn(env.KEY_VALUES),
    NOTICE_QUEUE: queueOn(env.QUEUES, "hopgate-notices"),
    ARCHIVE: bucketOn(env.ARCHIVE_DISK),
  };
  return adapted;
}

/** The ledger writes its entries to the archive, so it needs the adapted bindings too. */
export class Ledger extends ProductionLedger {
  constructor(ctx: DurableObjectState, env: SelfhostEnv) {
    super(ctx, adapt(env));
  }
}

/** Registrations are copied to KV, so these need the adapted bindings as well. */
export class Clients extends ProductionClients {
  constructor(ctx: DurableObjectState, env: SelfhostEnv) {
    super(ctx, adapt(env));
  }
}

export class Workloads extends ProductionWorkloads {
  constructor(ctx: DurableObjectState, env: SelfhostEnv) {
    super(ctx, adapt(env));
  }
}

export class Queues extends WaitingQueue {
  protected consume(batch: MessageBatch<never>): Promise<void> {
    return production.queue(batch);
  }
}

export default {
  fetch: (request, env, ctx) => production.fetch(asFromEdge(request, env) as never, adapt(env) as never, ctx as never),
} satisfies ExportedHandler<SelfhostEnv>;
