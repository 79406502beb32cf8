/** The part of KV's interface that the Worker uses, and its key names. */

/** A self-hosted gateway implements only this. */
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
