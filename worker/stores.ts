/** The bindings of the Worker, each behind the interface that the rooms know it by. */

import type { Console, PolicyHistory } from "./console/edges.ts";
import type { Env } from "./env.ts";
import type { ApprovalStore } from "./gateway/gateway.ts";
import type { LoadedSets, ReleaseHistory } from "./policy/load.ts";
import type { Release } from "./policy/release.ts";
import { APPROVALS_NAME } from "./state/approvals.ts";
import type { AuditEdges } from "./state/audit.ts";
import { COMPARISONS_NAME } from "./state/comparisons.ts";
import { type DecisionIndex, decisionIndex } from "./state/decisions.ts";
import { RELEASES_NAME } from "./state/releases.ts";
import { REVOCATIONS_NAME } from "./state/revocations.ts";
import { SESSIONS_NAME } from "./state/sessions.ts";
import { shardOf } from "./state/shard.ts";
import { STATUSES_NAME } from "./state/statuses.ts";

export const revocationsOf = (env: Env) => env.REVOCATIONS.getByName(REVOCATIONS_NAME);
const releasesOf = (env: Env) => env.RELEASES.getByName(RELEASES_NAME);
export const statusesOf = (env: Env) => env.STATUSES.getByName(STATUSES_NAME);
/** @param owner whose proofs: the shard goes by it */
export const proofsOf = (env: Env, owner: string) => env.REPLAY.getByName(shardOf(owner));
/** @param name of a rate: the shard goes by it */
export const limitsOf = (env: Env, name: string) => env.LIMITS.getByName(shardOf(name));

/** A secret that the configuration names; bindings that are no text are none. */
export function secretOf(env: Env, name: string): string | undefined {
  const value = (env as unknown as Record<string, unknown>)[name];
  return typeof value === "string" ? value : undefined;
}

export function decisionsOf(env: Env): DecisionIndex {
  return decisionIndex(env.DECISIONS);
}

export function approvalsOf(env: Env): ApprovalStore & Console["approvals"] {
  const store = env.APPROVALS.getByName(APPROVALS_NAME);
  return {
    open: async (request) => store.open(request),
    find: async (id) => store.find(id),
    spend: async (id, binding) => store.spend(id, binding),
    list: async () => store.list(),
    vote: async (id, vote) => store.vote(id, vote),
  };
}

export function sessionsOf(env: Env): Console["sessions"] {
  const store = env.SESSIONS.getByName(SESSIONS_NAME);
  return {
    put: async (...args) => store.put(...args),
    read: async (...args) => store.read(...args),
    take: async (...args) => store.take(...args),
  };
}

export function auditEdges(env: Env, sleep: AuditEdges["sleep"]): AuditEdges {
  return {
    append: async ({ task, id, record }) => env.LEDGER.getByName(task).append(task, id, record),
    enqueue: (message) => env.AUDIT_QUEUE.send(message),
    sleep,
  };
}

export function releaseHistory(env: Env): ReleaseHistory {
  const store = releasesOf(env);
  return {
    append: async (release, jws, bytes) => {
      const { seq, kind, set: hash } = release;
      const set = bytes === undefined || hash === undefined ? undefined : { hash, bytes };
      return store.append({ seq, kind, release: JSON.stringify(release), jws }, set);
    },
    last: async (kind) => store.last(kind),
    set: async (hash) => store.set(hash),
  };
}

export async function policyHistory(env: Env, loaded: LoadedSets | undefined): Promise<PolicyHistory> {
  const candidate = loaded?.candidate?.hash;
  const [releases, comparison] = await Promise.all([
    releasesOf(env).list(),
    candidate === undefined ? undefined : env.COMPARISONS.getByName(COMPARISONS_NAME).read(candidate),
  ]);
  return {
    current: loaded?.current.hash,
    candidate,
    releases: releases.map((text) => JSON.parse(text) as Release),
    comparison,
  };
}
