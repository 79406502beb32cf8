/** The Worker's bindings (wrangler.toml). */

import type { Approvals } from "./approval/approvals.ts";
import type { Notice } from "./approval/notices.ts";
import type { Workloads } from "./chain/names/workloads.ts";
import type { Limits } from "./gateway/rates.ts";
import type { KeyValueStore } from "./kv.ts";
import type { Ledger } from "./ledger/shard.ts";
import type { Workflows } from "./oauth/actor-chain/workflows.ts";
import type { Clients } from "./oauth/client-registry.ts";
import type { Grants } from "./oauth/grants/store.ts";
import type { Registrations } from "./oauth/registrations/store.ts";
import type { Sessions } from "./people/sessions.ts";
import type { Comparisons } from "./policy/comparisons.ts";
import type { Releases } from "./policy/releases.ts";
import type { Revocations } from "./revocation/revocations.ts";
import type { Seen } from "./signs/seen.ts";
import type { Totals } from "./telemetry/totals.ts";
import type { Streams } from "./transmitter/streams.ts";
import type { Vault } from "./vendor/vault.ts";

export interface Env {
  readonly KV: KeyValueStore;
  readonly LEDGER: DurableObjectNamespace<Ledger>;
  readonly REVOCATIONS: DurableObjectNamespace<Revocations>;
  readonly RELEASES: DurableObjectNamespace<Releases>;
  readonly COMPARISONS: DurableObjectNamespace<Comparisons>;
  readonly WORKFLOWS: DurableObjectNamespace<Workflows>;
  readonly APPROVALS: DurableObjectNamespace<Approvals>;
  readonly SESSIONS: DurableObjectNamespace<Sessions>;
  readonly LIMITS: DurableObjectNamespace<Limits>;
  readonly CLIENTS: DurableObjectNamespace<Clients>;
  readonly WORKLOADS: DurableObjectNamespace<Workloads>;
  readonly GRANTS: DurableObjectNamespace<Grants>;
  readonly REGISTRATIONS: DurableObjectNamespace<Registrations>;
  readonly TOTALS: DurableObjectNamespace<Totals>;
  readonly SEEN: DurableObjectNamespace<Seen>;
  readonly STREAMS: DurableObjectNamespace<Streams>;
  readonly VAULT: DurableObjectNamespace<Vault>;
  readonly NOTICE_QUEUE: Queue<Notice>;
  /** The long-term store of ledgers. */
  readonly ARCHIVE: R2Bucket;
  /** Secret: JWK Set of private Ed25519 keys, the current one first. */
  readonly GATEWAY_KEYS?: string;
  /** JWK Set of the public Ed25519 keys that may sign releases of policies. */
  readonly POLICY_KEYS?: string;
  /** Secret of the gateway as a client of the console's identity provider. */
  readonly CONSOLE_CLIENT_SECRET?: string;
  /** Secret: JSON object of headers for the OTLP collector. */
  readonly OTLP_HEADERS?: string;
  /** Secret: opens /admin and /metrics. */
  readonly ADMIN_TOKEN?: string;
}
