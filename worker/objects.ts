/** The Durable Objects of the Worker, as wrangler.toml names them. */
import { config, fetchNow, now, vendorSecretOf, vendorServers } from "./compose/isolate.ts";
import { vaultCipher } from "./compose/keys.ts";
import { SIGN_DEFAULTS } from "./config.ts";
import type { Env } from "./env.ts";
import { type LedgerEnv, Ledger as Shard } from "./ledger/shard.ts";
import { Seen as SeenOfCallers } from "./signs/seen.ts";
import { Streams as StreamsOfReceivers } from "./transmitter/streams.ts";
import { Vault as VendorVault } from "./vendor/vault.ts";

export { Approvals } from "./approval/approvals.ts";
export { Workloads } from "./chain/names/workloads.ts";
export { Limits } from "./gateway/rates.ts";
export { Workflows } from "./oauth/actor-chain/workflows.ts";
export { Clients } from "./oauth/client-registry.ts";
export { Grants } from "./oauth/grants/store.ts";
export { Registrations } from "./oauth/registrations/store.ts";
export { Sessions } from "./people/sessions.ts";
export { Comparisons } from "./policy/comparisons.ts";
export { Releases } from "./policy/releases.ts";
export { Revocations } from "./revocation/revocations.ts";
export { Totals } from "./telemetry/totals.ts";

export class Vault extends VendorVault {
  constructor(ctx: DurableObjectState, env: Env) {
    const secret = (name: string) => vendorSecretOf(env, name);
    super(ctx, env, { cipher: vaultCipher(), vendors: vendorServers, secretOf: secret, fetch: fetchNow, now });
  }
}

export class Ledger extends Shard {
  constructor(ctx: DurableObjectState, env: LedgerEnv) {
    super(ctx, env, config.ledger.keep_days);
  }
}

export class Seen extends SeenOfCallers {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env, config.signs ?? SIGN_DEFAULTS);
  }
}

export class Streams extends StreamsOfReceivers {
  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env, { receiver: (id) => config.receivers.find((each) => each.id === id), fetch: fetchNow });
  }
}
