/** The workload registry of a gateway, read from `/admin` in the form of the Worker's KV. */
import { askAdmin, type Remote } from "../sdk/admin.ts";
import { clientActorKey, workloadKey } from "../worker/chain/names/registry.ts";
import { type Client, clientActor } from "../worker/oauth/clients.ts";

/** The value of a key of the registry; null if it has none. */
export async function readRegistered(remote: Remote, key: string): Promise<string | null> {
  if (key.startsWith(workloadKey(""))) {
    const name = encodeURIComponent(key.slice(workloadKey("").length));
    return askAdmin(remote, `registry/${name}`).then(
      (answer) => answer.text(),
      () => null,
    );
  }
  const { clients } = (await (await askAdmin(remote, "clients")).json()) as { clients: Client[] };
  const client = clients.find(({ actor }) => clientActorKey(actor) === key);
  return client === undefined ? null : JSON.stringify(clientActor(client));
}
