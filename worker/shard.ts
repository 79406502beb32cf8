/** Which of many Durable Objects is responsible for a name. Their number is fixed, so nothing is ever moved. */

export const SHARDS = 256;
/**
 * Shards of workflows: fewer, because a self-hosted gateway reserves files for each, and clients may begin workflows
 * whatever is configured.
 */
export const WORKFLOW_SHARDS = 16;

/** @returns the object's name, such as `shard-17` */
export function shardOf(name: string, shards = SHARDS): string {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.charCodeAt(0)) % shards;
  return `shard-${sum}`;
}
