/** Registered workloads as KV has them, for those who administer or audit them. */
import { WORKLOADS, workloadKey } from "../chain/names/registry.ts";
import { parseWorkload, type Workload } from "../chain/names/workload.ts";
import { type KeyValueStore, namesUnder } from "../kv.ts";

export async function listWorkloads(kv: KeyValueStore): Promise<Workload[]> {
  const names = await namesUnder(kv, WORKLOADS);
  const workloads = await Promise.all(
    names.map((key) => kv.get<unknown>(workloadKey(key.slice(WORKLOADS.length)), "json")),
  );
  return workloads.filter((json) => json !== null).map(parseWorkload);
}
