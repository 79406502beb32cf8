/** All registered clients, for those who administer or audit them. */
import { namesUnder } from "../kv.ts";
import { type Client, clientKey, parseClient } from "./clients.ts";

/** Every client there is. */
export async function registeredClients(kv: KVNamespace): Promise<Client[]> {
  const names = await namesUnder(kv, clientKey(""));
  const clients = await Promise.all(names.map((name) => kv.get<unknown>(name, "json")));
  return clients.filter((json) => json !== null).map(parseClient);
}
