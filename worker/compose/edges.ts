/** What several rooms share under one set of bindings. */
import { createNameProver, type NameProver } from "../chain/names/prove.ts";
import type { Console } from "../console/edges.ts";
import { verificationCore } from "../core.ts";
import type { Env } from "../env.ts";
import { appendAct } from "../ledger/acts.ts";
import { createLedgers } from "../ledger/all-shards.ts";
import type { Ledgers } from "../ledger/ledgers.ts";
import { actEntry } from "../ledger/new-entry.ts";
import { shardsOf } from "../ledger/shards.ts";
import { logFailure } from "../log.ts";
import type { PolicyEdges } from "../policy/load.ts";
import { releaseHistory, streamOf } from "../stores.ts";
import { measuredLedger } from "../telemetry/ledger-time.ts";
import { createTelling, type Telling } from "../transmitter/tell.ts";
import { createTrust, type Trust } from "../trust/issuers.ts";
import type { KeyEdges } from "../trust/key-set.ts";
import { ownIssuer } from "../trust/own.ts";
import { publicKeys } from "../trust/signing.ts";
import { config, fetchNow, meter, now, publishers, signingKeys, sleep, standing, waitUntil } from "./isolate.ts";
import { signerNow } from "./keys.ts";

const ownIssuers = signingKeys === undefined ? [] : [ownIssuer(config.gateway.id, publicKeys(signingKeys).keys)];
const trustOf = createTrust([...config.issuers, ...ownIssuers]);
const shards = shardsOf(config.ledger);
const provers = createNameProver(config);

export interface Edges {
  readonly keyEdges: KeyEdges;
  readonly trust: Trust;
  /** How keys of names are proven. */
  readonly names: NameProver;
  readonly policyEdges: PolicyEdges;
  readonly ledger: Ledgers;
  readonly keepAct: Console["keepAct"];
  readonly tell: Telling;
}

export function createEdges(env: Env): Edges {
  const { sha256 } = verificationCore();
  const keyEdges: KeyEdges = { kv: env.KV, fetch: fetchNow, now, waitUntil };
  const trust = trustOf(keyEdges);
  const ledgers = createLedgers(shards, {
    namespace: env.LEDGER,
    now,
    sleep,
    waitUntil,
    written: standing.written,
    // The decisions are still on record, and say that their outcome is unknown.
    lost: (outcomes, cause) => {
      for (const { id } of outcomes) logFailure("outcome_lost", { decision: id }, cause);
    },
  });
  const ledger = measuredLedger(ledgers, meter, now);
  return {
    keyEdges,
    trust,
    names: provers({ ...keyEdges, trust, sha256 }),
    policyEdges: { kv: env.KV, publishers, sha256, releases: releaseHistory(env), now, waitUntil },
    ledger,
    tell: createTelling({
      receivers: config.receivers,
      issuer: config.gateway.id,
      signer: signerNow,
      add: async (receiver, set) => streamOf(env, receiver).add(set),
      sleep,
      waitUntil,
      now,
    }),
    keepAct: (name, act) => {
      meter.count("hopgate.acts", { "hopgate.act": act.act });
      waitUntil(appendAct(actEntry(name, act, sha256), { append: ledger.append, sleep }));
    },
  };
}
