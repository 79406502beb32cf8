/** How many Durable Objects a configuration can have open at a time: workerd has files open for each. Pure. */
import type { Config } from "../worker/config.ts";
import { shardsOf } from "../worker/ledger/shards.ts";
import { SHARDS, WORKFLOW_SHARDS } from "../worker/shard.ts";

/**
 * The shards of workflows, which every gateway may have, and those whose number grows with what is configured: the
 * shards of the ledger, those of whatever is kept by caller or person, and a stream for each receiver.
 */
export function mostObjects({ ledger, routes, signs, vendors, oauth, receivers }: Config): number {
  const sharded = [
    routes.some(({ limit }) => limit !== undefined),
    signs !== undefined,
    Object.keys(vendors).length > 0,
    oauth.sign_in !== undefined,
  ];
  const always = shardsOf(ledger).all.length + WORKFLOW_SHARDS;
  return always + SHARDS * sharded.filter(Boolean).length + receivers.length;
}
