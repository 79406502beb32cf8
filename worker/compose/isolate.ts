/** What an isolate makes once from configuration and secrets, and its access to clock and network. */
import { env as startEnv, waitUntil as waitUntilDone } from "cloudflare:workers";
import configText from "../../dist/hopgate.toml";
import { createFactsReader } from "../chain/facts.ts";
import { readConfig, secretInUse } from "../config.ts";
import type { Env } from "../env.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { compileRoutes } from "../gateway/routes.ts";
import { createStanding } from "../ledger/standing.ts";
import { createClientStore } from "../oauth/clients.ts";
import { createPolicyStore } from "../policy/load.ts";
import { secretOf } from "../stores.ts";
import { createMeter } from "../telemetry/meter.ts";
import { createRegister } from "../telemetry/series.ts";
import { MOST_SERIES } from "../telemetry/totals.ts";
import { createProvider } from "../trust/provider.ts";
import { readSecrets } from "../trust/secrets.ts";
import { createVendorServer } from "../vendor/server.ts";

// A Worker with a broken configuration or secret does not start: deploying it fails with the field's name.
export const config = readConfig(configText);
export const { signingKeys, publishers, vaultKeys, federationKeys, otlpHeaders } = readSecrets(
  (name) => secretOf(startEnv as Env, name),
  config,
);
export const matchRoute = compileRoutes(config.routes);
export const policyStore = createPolicyStore(config.gateway.policy_refresh);
export const clients = createClientStore(config.oauth.client_refresh);
export const vendorServers = new Map(
  Object.entries(config.vendors).map(([name, vendor]) => [name, { ...vendor, server: createVendorServer(vendor) }]),
);
export const forTotals = createRegister(MOST_SERIES);
export const forCollector = createRegister(MOST_SERIES);
export const meter = createMeter(config.telemetry ? [forTotals, forCollector] : [forTotals]);
export const facts = createFactsReader();
export const openId = config.console.oidc && {
  oidc: config.console.oidc,
  provider: createProvider(config.console.oidc),
};

/** The gateway's current secret at a vendor: one of two while a secret is being replaced. */
export const vendorSecretOf = (env: Env, name: string): string | undefined =>
  secretInUse(name, config, (each) => secretOf(env, each));

export const now = (): number => Date.now();
export const fetchNow: Gateway["fetch"] = (request, init) => fetch(request, init);
export const sleep = (milliseconds: number): Promise<unknown> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
export const standing = createStanding(now);

/** Keeps the isolate running for the current request after its answer was sent. */
export const waitUntil = (work: Promise<unknown>): void => waitUntilDone(work);
