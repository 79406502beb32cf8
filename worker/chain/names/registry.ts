/**
 * The registry in KV: workloads under `workload:<name>`; under `client-actor:<actor>` the part of a registered client
 * that applies to its name in chains.
 */
import * as v from "valibot";
import {
  type ClientActor,
  type Ownership,
  ownershipOf,
  parseWorkload,
  type Workload,
  WorkloadName,
} from "./workload.ts";

/** What the registry has about a name; null if it has nothing. */
export interface Registration {
  readonly workload: Workload | null;
  readonly client: ClientActor | null;
}

export const WORKLOADS = "workload:";

export function workloadKey(name: string): string {
  return `${WORKLOADS}${name}`;
}

export function clientActorKey(actor: string): string {
  return `client-actor:${actor}`;
}

/** Keys that were fetched from the address of a workload's keys (registered.ts). */
export function keptKeysKey(name: string): string {
  return `workload-keys:${name}`;
}

/** Whether a name can be registered at all: KV does not accept others in its keys. */
export function isName(name: string): boolean {
  return v.is(WorkloadName, name);
}

/** @throws Error if KV cannot be read, or holds something else */
export async function readRegistration(
  kv: { get(key: string): Promise<string | null> },
  name: string,
): Promise<Registration> {
  const [workload, client] = await Promise.all([kv.get(workloadKey(name)), kv.get(clientActorKey(name))]);
  return {
    workload: workload === null ? null : parseWorkload(JSON.parse(workload)),
    client: client === null ? null : (JSON.parse(client) as ClientActor),
  };
}

/** Who answers for a name; undefined if it is not registered. @throws as `readRegistration` */
export async function readOwnership(
  kv: { get(key: string): Promise<string | null> },
  name: string,
): Promise<Ownership | undefined> {
  if (!isName(name)) return undefined;
  const { workload, client } = await readRegistration(kv, name);
  const deciding = workload ?? client;
  return deciding === null ? undefined : ownershipOf(deciding);
}
