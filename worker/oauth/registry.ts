/** All registered clients, for those who administer or audit them. */
import { type Client, clientKey, parseClient } from "./clients.ts";

/** Every client there is. */
export async function registeredClients(kv: KVNamespace): Promise<Client[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const listed: KVNamespaceListResult<unknown> = await kv.list({
      prefix: clientKey(""),
      ...(cursor !== undefined && { cursor }),
    });
    names.push(...listed.keys.map(({ name }) => name));
    cursor = listed.list_complete ? undefined : listed.cursor;
  } while (cursor !== undefined);
  const clients = await Promise.all(names.map((name) => kv.get<unknown>(name, "json")));
  return clients.filter((json) => json !== null).map(parseClient);
}
