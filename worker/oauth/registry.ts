/** All registered clients, for administrators and auditors. */
import { clientActorKey, WORKLOADS } from "../chain/names/registry.ts";
import { type KeyValueStore, namesUnder } from "../kv.ts";
import { type Client, clientKey, parseClient } from "./clients.ts";

/** Ids of all registered clients, without reading them. */
export function registeredNames(kv: Pick<KeyValueStore, "list">) {
  const under = async (prefix: string): Promise<string[]> =>
    (await namesUnder(kv, prefix)).map((name) => name.slice(prefix.length));
  return {
    workloads: () => under(WORKLOADS),
    clients: () => under(clientKey("")),
    clientActors: () => under(clientActorKey("")),
  };
}

/** Every client there is. */
export async function registeredClients(kv: KeyValueStore): Promise<Client[]> {
  const names = await namesUnder(kv, clientKey(""));
  const clients = await Promise.all(names.map((name) => kv.get<unknown>(name, "json")));
  return clients.filter((json) => json !== null).map(parseClient);
}
