/** Spreads names over Durable Objects that each keep a part. */

const SHARDS = 256;

/** Name of the object that keeps what belongs to a name: a key's proofs, an actor's rate. */
export function shardOf(name: string): string {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.charCodeAt(0)) % SHARDS;
  return `shard-${sum}`;
}
