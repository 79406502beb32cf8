import type { Proofs } from "./proofs.ts";
import type { Records } from "./records.ts";

export interface Env {
  readonly UPSTREAM: string;
  readonly ADMIN_TOKEN: string;
  /** JSON of the identity provider's public JWK, and of this gateway's private one. */
  readonly IDP_KEY: string;
  readonly SIGNING_KEY: string;
  /** JSON: thumbprint of each workload's key, by its name. */
  readonly WORKLOADS: string;
  readonly PROOFS: DurableObjectNamespace<Proofs>;
  readonly RECORDS: DurableObjectNamespace<Records>;
}
