/** What the Worker asks of KV, and names in it. */

/** All of KV that is used: a self-hosted gateway has this and no more. */
export type KeyValueStore = Pick<KVNamespace, "get" | "put" | "list" | "delete">;

/** Every name that begins with a prefix. */
export async function namesUnder(kv: Pick<KeyValueStore, "list">, prefix: string): Promise<string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const listed: KVNamespaceListResult<unknown> = await kv.list({ prefix, ...(cursor !== undefined && { cursor }) });
    names.push(...listed.keys.map(({ name }) => name));
    cursor = listed.list_complete ? undefined : listed.cursor;
  } while (cursor !== undefined);
  return names;
}
