/**
 * The bindings of the Worker, each behind the interface that rooms use. A stub belongs to the request that made it, so
 * each call makes its own.
 */

import type { ApprovalStore } from "./approval/approval.ts";
import { APPROVALS_NAME } from "./approval/approvals.ts";
import type { Meant } from "./chain/names/meant.ts";
import type { Review } from "./chain/names/review.ts";
import type { Workload } from "./chain/names/workload.ts";
import type { Registered, Unchanged } from "./chain/names/workloads.ts";
import { type Party, partyId } from "./chain/party.ts";
import type { Console, PolicyHistory } from "./console/edges.ts";
import type { Env } from "./env.ts";
import { REVOCATIONS_NAME } from "./ledger/revoked.ts";
import {
  type ChangedClient,
  CLIENTS_NAME,
  type ClientRegistry,
  type RegisteredClient,
  type UnchangedClient,
} from "./oauth/client-registry.ts";
import { REGISTRATIONS_NAME } from "./oauth/registrations/store.ts";
import type { GrantStore, RegistrationStore } from "./oauth/service.ts";
import { SESSIONS_NAME } from "./people/sessions.ts";
import { COMPARISONS_NAME } from "./policy/comparisons.ts";
import type { LoadedSets, ReleaseHistory } from "./policy/load.ts";
import type { Release } from "./policy/release.ts";
import { RELEASES_NAME } from "./policy/releases.ts";
import { shardOf, WORKFLOW_SHARDS } from "./shard.ts";
import type { SeenStore } from "./signs/watch.ts";
import { TOTALS_NAME } from "./telemetry/totals.ts";
import type { Grants } from "./vendor/grant.ts";

export const revocationsOf = (env: Env) => env.REVOCATIONS.getByName(REVOCATIONS_NAME);
/** @param receiver its id */
export const streamOf = (env: Env, receiver: string) => env.STREAMS.getByName(receiver);
export const comparisonsOf = (env: Env) => env.COMPARISONS.getByName(COMPARISONS_NAME);
export const totalsOf = (env: Env) => env.TOTALS.getByName(TOTALS_NAME);
const releasesOf = (env: Env) => env.RELEASES.getByName(RELEASES_NAME);
/** @param name of a rate, which selects the shard */
export const limitsOf = (env: Env, name: string) => env.LIMITS.getByName(shardOf(name));

/** @param acti of the workflow, which selects the shard */
export const workflowsOf = (env: Env, acti: string) => env.WORKFLOWS.getByName(shardOf(acti, WORKFLOW_SHARDS));

/** @param shard of a secret, or of a person */
export function grantsAt(env: Env, shard: string): GrantStore {
  const store = () => env.GRANTS.getByName(shard);
  return {
    open: async (row) => store().open(row),
    find: async (key) => store().find(key),
    turn: async (key, taken, next) => store().turn(key, taken, next),
    end: async (key) => store().end(key),
    list: async (person) => store().list(person),
  };
}

export function registrationsOf(env: Env): RegistrationStore {
  const store = () => env.REGISTRATIONS.getByName(REGISTRATIONS_NAME);
  return {
    add: async (...args) => store().add(...args),
    find: async (id) => store().find(id),
    keep: async (...args) => store().keep(...args),
  };
}

/** The facts of callers, each in the shard of its name. */
export function seenOf(env: Env): SeenStore {
  const store = (caller: string) => env.SEEN.getByName(shardOf(caller));
  return {
    look: async (caller, digests) => store(caller).look(caller, digests),
    see: async (caller, digests, depth) => store(caller).see(caller, digests, depth),
    deny: async (caller) => store(caller).deny(caller),
  };
}

/** The vault of a person. */
export function vaultOf(env: Env, person: Party): Grants {
  const store = () => env.VAULT.getByName(shardOf(partyId(person)));
  return {
    has: async (...args) => store().has(...args),
    use: async (...args) => store().use(...args),
    refuse: async (...args) => store().refuse(...args),
    keep: async (...args) => store().keep(...args),
    list: async (...args) => store().list(...args),
    end: async (...args) => store().end(...args),
  };
}

/** The registry of clients. */
export function clientsOf(env: Env): ClientRegistry {
  const store = () => env.CLIENTS.getByName(CLIENTS_NAME);
  return {
    read: async (id) => store().read(id) as Promise<RegisteredClient>,
    put: async (client, meant) => store().put(client, meant) as Promise<ChangedClient | UnchangedClient>,
  };
}

/** A registered workload, by its name. */
export function workloadOf(env: Env, name: string) {
  const store = () => env.WORKLOADS.getByName(name);
  return {
    read: async (): Promise<Registered> => store().read(name),
    put: async (workload: Workload, meant: Meant): Promise<Registered | Unchanged> => store().put(workload, meant),
    remove: async (meant: Meant): Promise<Registered | Unchanged> => store().remove(name, meant),
    review: async (review: Review): Promise<Registered | Unchanged> => store().review(name, review),
  };
}

/** A secret that the configuration names; other bindings are not secrets. */
export function secretOf(env: Env, name: string): string | undefined {
  const value = (env as unknown as Record<string, unknown>)[name];
  return typeof value === "string" ? value : undefined;
}

export function passkeysOf(env: Env): Console["passkeys"] {
  const store = () => env.APPROVALS.getByName(APPROVALS_NAME);
  return {
    list: async (person) => store().passkeys(person),
    begin: async (person) => store().beginPasskey(person),
    add: async (person, nonce, passkey) => store().addPasskey(person, nonce, passkey),
    remove: async (person, id) => store().removePasskey(person, id),
  };
}

export function approvalsOf(env: Env): ApprovalStore & Console["approvals"] {
  const store = () => env.APPROVALS.getByName(APPROVALS_NAME);
  return {
    open: async (request) => store().open(request),
    find: async (id) => store().find(id),
    spend: async (id, binding) => store().spend(id, binding),
    list: async () => store().list(),
    vote: async (id, vote, signed) => store().vote(id, vote, signed),
  };
}

export function sessionsOf(env: Env): Console["sessions"] {
  const store = () => env.SESSIONS.getByName(SESSIONS_NAME);
  return {
    put: async (...args) => store().put(...args),
    read: async (...args) => store().read(...args),
    take: async (...args) => store().take(...args),
  };
}

export function releaseHistory(env: Env): ReleaseHistory {
  return {
    append: async (release, jws, bytes) => {
      const { seq, kind, set: hash } = release;
      const set = bytes === undefined || hash === undefined ? undefined : { hash, bytes };
      return releasesOf(env).append({ seq, kind, release: JSON.stringify(release), jws }, set);
    },
    last: async (kind) => releasesOf(env).last(kind),
    set: async (hash) => releasesOf(env).set(hash),
  };
}

export async function policyHistory(env: Env, loaded: LoadedSets | undefined): Promise<PolicyHistory> {
  const candidate = loaded?.candidate?.hash;
  const [releases, comparison] = await Promise.all([
    releasesOf(env).list(),
    candidate === undefined ? undefined : comparisonsOf(env).read(candidate),
  ]);
  return {
    current: loaded?.current.hash,
    candidate,
    releases: releases.map((text) => JSON.parse(text) as Release),
    comparison,
  };
}
