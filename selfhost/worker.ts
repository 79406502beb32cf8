/**
 * The production bundle on plain workerd: what Cloudflare's KV, Queues and R2 are there, Durable Objects and a folder are here.
 * The bundle itself is the one that is deployed, to the byte.
 */
import type { Env } from "../worker/env.ts";
import production, { Ledger as ProductionLedger, Workloads as ProductionWorkloads } from "../worker/index.ts";
import { bucketOn } from "./bucket.ts";
import { type KeyValues, keyValuesOn } from "./key-values.ts";
import { queueOn, WaitingQueue } from "./queues.ts";

export * from "../worker/index.ts";
export { KeyValues } from "./key-values.ts";

/** What the configuration of workerd binds (config.ts). */
interface SelfhostEnv extends Omit<Env, "KV" | "NOTICE_QUEUE" | "ARCHIVE"> {
  readonly KEY_VALUES: DurableObjectNamespace<KeyValues>;
  readonly QUEUES: DurableObjectNamespace<Queues>;
  readonly ARCHIVE_DISK: Fetcher;
  /** Header in which a proxy in front tells the caller's address; absent, no caller's claim counts. */
  readonly IP_HEADER?: string;
}

let adapted: Env | undefined;

/** The same object each time: what the Worker makes for its bindings is made once. */
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

/** Registrations are copied to KV. */
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

/** On Cloudflare the edge says where a request comes from. Here anybody could: only a trusted proxy's word counts. */
function withAddress(request: Request, header: string | undefined): Request {
  const headers = new Headers(request.headers);
  const address = header === undefined ? null : headers.get(header);
  if (address === null) headers.delete("cf-connecting-ip");
  else headers.set("cf-connecting-ip", address);
  return new Request(request, { headers });
}

export default {
  fetch: (request, env, ctx) =>
    production.fetch(withAddress(request, env.IP_HEADER || undefined), adapt(env) as never, ctx as never),
} satisfies ExportedHandler<SelfhostEnv>;
