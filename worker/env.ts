/** What the Worker is bound to (wrangler.toml). */
import type { Notice } from "./events/notices.ts";
import type { Approvals } from "./state/approvals.ts";
import type { AuditMessage } from "./state/audit.ts";
import type { Comparisons } from "./state/comparisons.ts";
import type { Decisions } from "./state/decisions.ts";
import type { ArchiveMessage } from "./state/event.ts";
import type { Ledger } from "./state/ledger.ts";
import type { Limits } from "./state/limits.ts";
import type { Names } from "./state/names.ts";
import type { Releases } from "./state/releases.ts";
import type { Replay } from "./state/replay.ts";
import type { Revocations } from "./state/revocations.ts";
import type { Sessions } from "./state/sessions.ts";
import type { Statuses } from "./state/statuses.ts";
import type { Workflows } from "./state/workflows.ts";

export interface Env {
  readonly KV: KVNamespace;
  readonly LEDGER: DurableObjectNamespace<Ledger>;
  readonly DECISIONS: DurableObjectNamespace<Decisions>;
  readonly REPLAY: DurableObjectNamespace<Replay>;
  readonly REVOCATIONS: DurableObjectNamespace<Revocations>;
  readonly RELEASES: DurableObjectNamespace<Releases>;
  readonly COMPARISONS: DurableObjectNamespace<Comparisons>;
  readonly STATUSES: DurableObjectNamespace<Statuses>;
  readonly WORKFLOWS: DurableObjectNamespace<Workflows>;
  readonly APPROVALS: DurableObjectNamespace<Approvals>;
  readonly SESSIONS: DurableObjectNamespace<Sessions>;
  readonly LIMITS: DurableObjectNamespace<Limits>;
  readonly NAMES: DurableObjectNamespace<Names>;
  readonly AUDIT_QUEUE: Queue<AuditMessage>;
  readonly ARCHIVE_QUEUE: Queue<ArchiveMessage>;
  readonly NOTICE_QUEUE: Queue<Notice>;
  /** The long-term store of ledgers. */
  readonly ARCHIVE: R2Bucket;
  /** Secret: JWK Set of private Ed25519 keys, the current one first. */
  readonly GATEWAY_KEYS?: string;
  /** JWK Set of the public Ed25519 keys whose owners may publish policies. */
  readonly POLICY_KEYS?: string;
  /** Secret of the gateway as a client of the console's identity provider. */
  readonly CONSOLE_CLIENT_SECRET?: string;
  /** Secret: JSON object of headers for the OTLP collector. */
  readonly OTLP_HEADERS?: string;
  /** Secret: opens /admin and /metrics. */
  readonly ADMIN_TOKEN?: string;
}
