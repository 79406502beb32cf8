/** Which of many Durable Objects is responsible for a name. Their number is fixed, so nothing is ever moved. */

export const SHARDS = 256;

/** @returns the object's name, such as `shard-17` */
export function shardOf(name: string): string {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.charCodeAt(0)) % SHARDS;
  return `shard-${sum}`;
}
