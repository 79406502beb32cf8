/** What the console and the receiver of security events are given. */
import { listWorkloads } from "../admin/registrations.ts";
import type { Console } from "../console/edges.ts";
import type { Env } from "../env.ts";
import { ledgerOfDay } from "../ledger/record.ts";
import { registeredClients, registeredNames } from "../oauth/registry.ts";
import type { Receiver } from "../revocation/receiver.ts";
import { transmitterKeys } from "../revocation/security-event.ts";
import { approvalsOf, passkeysOf, policyHistory, revocationsOf, secretOf, workloadOf } from "../stores.ts";
import { secretsStanding } from "../vendor/secret-age.ts";
import type { Edges } from "./edges.ts";
import { config, facts, now, openId, policyStore } from "./isolate.ts";
import { signInKeyNow } from "./keys.ts";
import { peopleEdges } from "./people.ts";

const keysOf = transmitterKeys(config.transmitters);

export function createConsole(env: Env, edges: Edges): Console {
  const { policyEdges, ledger, keepAct, names, tell } = edges;
  return {
    ...peopleEdges(env, edges),
    config,
    openId,
    signInKey: signInKeyNow,
    ledger,
    approvals: approvalsOf(env),
    passkeys: passkeysOf(env),
    registered: registeredNames(env.KV),
    clients: () => registeredClients(env.KV),
    workloads: () => listWorkloads(env.KV),
    reviewWorkload: async (name, review) => {
      const after = await workloadOf(env, name).review(review);
      names.forget(name);
      facts.forget();
      return "refused" in after ? undefined : (after.workload ?? undefined);
    },
    secrets: () => secretsStanding(config, (name) => secretOf(env, name)),
    policies: async () => policyHistory(env, await policyStore.loaded(policyEdges)),
    revocations: () => revocationsOf(env).latest(500),
    revoke: async (keys, reason, limits) => revocationsOf(env).revoke(keys, reason, limits),
    pending: async () => revocationsOf(env).pending(),
    tellRevoked: (name, reason) => tell.revoked(name, reason, "admin"),
    lift: async (keys, reason) => revocationsOf(env).lift(keys, reason),
    isRevoked: (authority) => revocationsOf(env).anyRevoked(authority),
    keepAct,
  };
}

export function createReceiver(env: Env, { keyEdges, policyEdges, ledger, keepAct }: Edges): Receiver {
  return {
    config,
    keysOf: keysOf(keyEdges),
    sha256: policyEdges.sha256,
    wasSeen: (issuer, jti) => ledger.seen(issuer, `${issuer} ${jti}`),
    spend: (issuer, jti, expires) => ledger.spend({ owner: issuer, name: `${issuer} ${jti}`, expires }),
    revoke: async (keys, reason, before) => revocationsOf(env).revoke(keys, reason, { before }),
    keepAct: (act) => keepAct(ledgerOfDay(act.time), act),
    now,
  };
}
