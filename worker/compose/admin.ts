/** What the endpoints of `/admin` are given: each change is recorded as an act of the holder of the admin token. */
import type { AdminEdges } from "../admin/app.ts";
import { keysToRevoke } from "../chain/revocation.ts";
import { verificationCore } from "../core.ts";
import type { Env } from "../env.ts";
import { type ActRecord, ledgerOfDay, newAct } from "../ledger/record.ts";
import { registeredNames } from "../oauth/registry.ts";
import { limitsOf } from "../revocation/limits.ts";
import { keysNamed } from "../revocation/name.ts";
import { clientsOf, revocationsOf, workloadOf } from "../stores.ts";
import { clients, config, facts, now, policyStore } from "./isolate.ts";
import { signerNow } from "./keys.ts";
import { roomsOf } from "./rooms.ts";

const ADMIN = { sub: "admin", iss: config.gateway.id };

export const adminEdges: AdminEdges = {
  gateway: config.gateway.id,
  ledgerOf: (env) => roomsOf(env).ledger,
  bodyTime: config.gateway,
  knownNames: (c) => ({ config, registered: registeredNames(c.env.KV) }),
  signerOf: signerNow,
  policies: { store: policyStore, edges: (c) => roomsOf(c.env).policyEdges },
  clients,
  clientsOf,
  revoke: async ({ env }, name, { reason, earlier }) => {
    const limits = limitsOf(name, earlier, now(), config.gateway.clock_skew);
    const keys = keysNamed(name, config.gateway.id, verificationCore().sha256);
    const pending = await revocationsOf(env).revoke(keys, reason, limits);
    roomsOf(env).tell.revoked(name, reason, "admin");
    keep(env, "revoked", { ...name, reason, ...limits }, name.kind === "task" ? name.task : undefined);
    return pending;
  },
  reopen: async ({ env }, task, reason) => {
    const keys = keysToRevoke("task", [task], verificationCore().sha256);
    const pending = await revocationsOf(env).lift(keys, reason);
    keep(env, "reopened", { kind: "task", task, reason }, task);
    return pending;
  },
  nameChanged: ({ env }, name, about) => {
    roomsOf(env).names.forget(name);
    facts.forget();
    keep(env, "registered", { name, ...about });
    const { client, scope } = about;
    if (typeof client === "string" && typeof scope === "string")
      roomsOf(env).tell.claimsChanged({ iss: config.gateway.id, sub: client }, { scope });
  },
  workloadOf,
  receivers: config.receivers,
  reviewDays: config.console.review_days,
  consoleOf: (c) => roomsOf(c.env).console,
};

/** @param task whose ledger records the act; without one, the ledger of the day */
function keep(env: Env, act: ActRecord["act"], about: ActRecord["about"], task?: string): void {
  const done = newAct(now(), { act, by: ADMIN, about });
  roomsOf(env).keepAct(task ?? ledgerOfDay(done.time), done);
}
