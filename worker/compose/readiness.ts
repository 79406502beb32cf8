/** Whether the gateway can serve, for `/readyz` and the metrics. */
import { namedSecrets } from "../config.ts";
import type { Env } from "../env.ts";
import { createMemo } from "../memo.ts";
import { approvalsOf, revocationsOf, secretOf } from "../stores.ts";
import { type IssuerStanding, type Readiness, readiness } from "../telemetry/health.ts";
import type { Trust } from "../trust/issuers.ts";
import { secretsStanding, secretWarning } from "../vendor/secret-age.ts";
import type { Edges } from "./edges.ts";
import { config, now, policyStore, standing, vendorSecretOf } from "./isolate.ts";
import { signerNow } from "./keys.ts";

const secretNames = namedSecrets(config);
const lookOnce = createMemo<Readiness>(1000);

export function readinessNow(env: Env, edges: Edges): Promise<Readiness> {
  return lookOnce(() => readinessOf(env, edges), now());
}

async function readinessOf(env: Env, { policyEdges, ledger, trust }: Edges): Promise<Readiness> {
  return readiness({
    kv: env.KV,
    stores: {
      approvals: () => approvalsOf(env).find("probe"),
    },
    signing: (await signerNow())?.kid,
    unset: secretNames.filter((name) => !vendorSecretOf(env, name)),
    due: secretsStanding(config, (name) => secretOf(env, name)).flatMap((secret) => secretWarning(secret, now()) ?? []),
    policies: async () => {
      const loaded = await policyStore.loaded(policyEdges);
      return loaded && { hash: loaded.current.hash, confirmed: loaded.confirmed };
    },
    waiting: () => ledger.waiting(),
    write: () => ledger.probe(),
    pending: async () => revocationsOf(env).pending(),
    issuers: () => standingOfIssuers(trust),
    failingSince: standing.failingSince,
    now,
  });
}

/** Issuers of the configuration; the gateway's own keys come after them. */
async function standingOfIssuers(trust: Trust): Promise<IssuerStanding[]> {
  const read = (): IssuerStanding[] => trust.standing().slice(0, config.issuers.length);
  await Promise.all(read().map(({ keys }, index) => (keys === 0 ? trust.lookFor(index) : undefined)));
  return read();
}
