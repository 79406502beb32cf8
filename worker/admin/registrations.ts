/** Registered workloads in KV, read and written by those who administer them. */
import { isName, keptKeysKey, WORKLOADS, workloadKey } from "../chain/names/registry.ts";
import { parseWorkload, type Workload } from "../chain/names/workload.ts";
import { namesUnder } from "../kv.ts";

export async function readWorkload(kv: KVNamespace, name: string): Promise<Workload | null> {
  const json = isName(name) ? await kv.get<unknown>(workloadKey(name), "json") : null;
  return json === null ? null : parseWorkload(json);
}

export async function listWorkloads(kv: KVNamespace): Promise<Workload[]> {
  const names = await namesUnder(kv, WORKLOADS);
  const workloads = await Promise.all(names.map((key) => readWorkload(kv, key.slice(WORKLOADS.length))));
  return workloads.filter((workload) => workload !== null);
}

export async function writeWorkload(kv: KVNamespace, workload: Workload): Promise<void> {
  await kv.put(workloadKey(workload.name), JSON.stringify(workload));
}

export async function removeWorkload(kv: KVNamespace, name: string): Promise<void> {
  await Promise.all([kv.delete(workloadKey(name)), kv.delete(keptKeysKey(name))]);
}
