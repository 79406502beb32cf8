/** What each room is given: bindings and what an isolate keeps. Made once for an isolate; the only file that knows every room. */
import { env as startEnv } from "cloudflare:workers";
import configText from "../dist/hopgate.toml";
import { listWorkloads } from "./admin/registrations.ts";
import { createFactsReader } from "./chain/facts.ts";
import { createNameProver, type NameProver } from "./chain/names/prove.ts";
import { readConfig } from "./config.ts";
import type { Console } from "./console/edges.ts";
import { createProvider } from "./console/provider.ts";
import { verificationCore } from "./core.ts";
import type { Env } from "./env.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { compileRoutes } from "./gateway/routes.ts";
import { originOf } from "./http/origins.ts";
import { appendAct } from "./ledger/acts.ts";
import { createLedgers } from "./ledger/all-shards.ts";
import type { Ledgers } from "./ledger/ledgers.ts";
import { actEntry } from "./ledger/new-entry.ts";
import { ledgerOfDay } from "./ledger/record.ts";
import { createShards } from "./ledger/shards.ts";
import { createStanding } from "./ledger/standing.ts";
import { hashText } from "./oauth/actor-chain/commitment.ts";
import { createClientStore } from "./oauth/clients.ts";
import { resourceMetadataPath } from "./oauth/metadata.ts";
import { registeredClients } from "./oauth/registry.ts";
import type { Service } from "./oauth/service.ts";
import { spendAtOnce } from "./oauth/spend.ts";
import { compareBeside } from "./policy/compare.ts";
import { createPolicyStore, type PolicyEdges } from "./policy/load.ts";
import type { Receiver } from "./revocation/receiver.ts";
import { transmitterKeys } from "./revocation/security-event.ts";
import { approvalsOf, limitsOf, policyHistory, releaseHistory, revocationsOf, secretOf, sessionsOf } from "./stores.ts";
import { type Readiness, readiness } from "./telemetry/health.ts";
import { createMetrics } from "./telemetry/metrics.ts";
import { createTelemetry } from "./telemetry/otlp.ts";
import { deriveKey } from "./trust/derived-key.ts";
import { createTrust } from "./trust/issuers.ts";
import type { KeyEdges } from "./trust/key-set.ts";
import { ownIssuer } from "./trust/own.ts";
import { readSecrets } from "./trust/secrets.ts";
import { createSigner, privatePart, publicKeys, type Signer } from "./trust/signing.ts";
import { createVendorTokens } from "./vendor/client-credentials.ts";

type Waiting = Pick<ExecutionContext, "waitUntil">;

// A Worker with a broken configuration or secret does not start: deploying it fails with the field's name.
export const config = readConfig(configText);
export const { signingKeys, publishers, otlpHeaders } = readSecrets((name) => secretOf(startEnv as Env, name), config);
export const matchRoute = compileRoutes(config.routes);
export const policyStore = createPolicyStore(config.gateway.policy_refresh);
const shards = createShards([
  { from: 0, count: config.ledger.shards },
  ...config.ledger.raised.map(({ from, shards: count }) => ({ from, count })),
]);
export const clients = createClientStore(config.oauth.client_refresh);
const provers = createNameProver(config);
const vendorTokens = createVendorTokens();
const vendorSecrets = [...new Set(config.routes.flatMap(({ credential }) => credential?.secret ?? []))];
export const metrics = createMetrics();
const telemetry = config.telemetry && createTelemetry(config.telemetry.otlp, config.gateway.id, otlpHeaders);
const keysOf = transmitterKeys(config.transmitters);
const ownIssuers = signingKeys === undefined ? [] : [ownIssuer(config.gateway.id, publicKeys(signingKeys).keys)];
export const facts = createFactsReader();
const trustOf = createTrust([...config.issuers, ...ownIssuers]);
let signer: Promise<Signer> | undefined;
let nonceSecret: Promise<CryptoKey> | undefined;
let signInKey: Promise<CryptoKey> | undefined;
const provider = config.console.oidc && createProvider(config.console.oidc);

export const now = (): number => Date.now();
export const fetchNow: Gateway["fetch"] = (request, init) => fetch(request, init);
export const sleep = (milliseconds: number): Promise<unknown> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

const standing = createStanding(now);

export async function signerNow(): Promise<Signer | undefined> {
  if (signingKeys !== undefined) signer ??= createSigner(signingKeys);
  return signer;
}

export async function gatewayOf(env: Env, ctx: Waiting): Promise<Gateway> {
  const core = verificationCore();
  const waitUntil = (work: Promise<unknown>): void => ctx.waitUntil(work);
  const trust = trustOf(keyEdges(env, ctx));
  const names = namesOf(env, ctx);
  return {
    config,
    core,
    matchRoute,
    metadataOf,
    trust,
    factsOf: (chain, verdict) => facts.read(chain, verdict, { config, core, names, now }),
    signer: await signerNow(),
    policies: async () => (await policyStore.loaded(policyEdges(env, waitUntil)))?.current,
    compare: (chain, question, judgement) => {
      const candidate = async () => (await policyStore.loaded(policyEdges(env, () => undefined)))?.candidate;
      waitUntil(compareBeside({ chain, question, judgement }, candidate, env, metrics));
    },
    approvals: approvalsOf(env),
    announce: async (type, id, data) => {
      if (config.notify === undefined) return;
      const time = new Date(now()).toISOString();
      await env.NOTICE_QUEUE.send({ specversion: "1.0", type, source: config.gateway.id, id, time, data });
    },
    takeRate: (name, rate) => limitsOf(env, name).take(name, rate),
    secretOf: (name) => secretOf(env, name),
    vendorTokens,
    ledger: ledgersOf(env),
    measure: (request) => {
      metrics.count("hopgate_requests_total", { outcome: request.outcome, rule: request.rule ?? "none" });
      telemetry?.add({ record: request, end: now() }, { fetch: fetchNow, sleep, waitUntil });
    },
    afterwards: waitUntil,
    fetch: fetchNow,
    now,
  };
}

/** How keys of names are proven. */
export function namesOf(env: Env, ctx: Waiting): NameProver {
  const edges = keyEdges(env, ctx);
  return provers({ ...edges, trust: trustOf(edges), sha256: verificationCore().sha256 });
}

/** The authorization server; undefined where the gateway has no key to sign with. */
export async function serviceOf(env: Env, ctx: Waiting): Promise<Service | undefined> {
  const { core, trust, factsOf, signer, measure, afterwards } = await gatewayOf(env, ctx);
  if (signer === undefined || signingKeys === undefined) return undefined;
  nonceSecret ??= deriveKey(privatePart(signingKeys), "dpop nonce");
  return {
    config,
    core,
    findClient: (clientId) => clients.find(clientId, { kv: env.KV, now }),
    trust,
    names: namesOf(env, ctx),
    factsOf,
    signer,
    publicKeys: publicKeys(signingKeys),
    ledger: ledgersOf(env),
    spend: spendAtOnce(ledgersOf(env)),
    takeSpending: () => [],
    acceptStep: ({ acti, prev, target }, proof, actc) =>
      env.WORKFLOWS.getByName(acti).accept(prev, target, hashText(proof, { core }), actc),
    nonceSecret: await nonceSecret,
    revoke: async (keys, reason, until) =>
      revocationsOf(env).revoke(keys, reason, until === undefined ? {} : { until }),
    measure,
    afterwards,
    now,
  };
}

export function consoleOf(env: Env, ctx: Waiting): Console {
  const { sha256 } = verificationCore();
  const edges = policyEdges(env, (work) => ctx.waitUntil(work));
  return {
    config,
    clientSecret: env.CONSOLE_CLIENT_SECRET,
    provider,
    signInKey: async () => {
      if (signingKeys !== undefined) signInKey ??= deriveKey(privatePart(signingKeys), "console sign-in");
      return signInKey;
    },
    sha256,
    sessions: sessionsOf(env),
    ledger: ledgersOf(env),
    approvals: approvalsOf(env),
    clients: () => registeredClients(env.KV),
    workloads: () => listWorkloads(env.KV),
    policies: async () => policyHistory(env, await policyStore.loaded(edges)),
    revocations: () => revocationsOf(env).latest(500),
    revoke: async (keys, reason) => revocationsOf(env).revoke(keys, reason),
    isRevoked: (authority) => revocationsOf(env).anyRevoked(authority),
    keepAct: actKeeper(env, ctx),
    fetch: fetchNow,
    now,
  };
}

export function receiverOf(env: Env, ctx: Waiting): Receiver {
  const keepOne = actKeeper(env, ctx);
  return {
    config,
    keysOf: keysOf(keyEdges(env, ctx)),
    sha256: verificationCore().sha256,
    wasSeen: (issuer, jti) => ledgersOf(env).seen(issuer, `${issuer} ${jti}`),
    spend: (issuer, jti, expires) => ledgersOf(env).spend({ owner: issuer, name: `${issuer} ${jti}`, expires }),
    revoke: async (keys, reason, before) => revocationsOf(env).revoke(keys, reason, { before }),
    keepAct: (act) => keepOne(ledgerOfDay(act.time), act),
    now,
  };
}

export function actKeeper(env: Env, ctx: Waiting): Console["keepAct"] {
  const { append } = ledgersOf(env);
  return (ledger, act) => {
    metrics.count("hopgate_acts_total", { act: act.act });
    const entry = actEntry(ledger, act, verificationCore().sha256);
    ctx.waitUntil(appendAct(entry, { append, sleep }));
  };
}

export function ledgersOf(env: Env): Ledgers {
  return createLedgers(shards, { namespace: env.LEDGER, now, written: standing.written });
}

function keyEdges(env: Env, ctx: Waiting): KeyEdges {
  return { kv: env.KV, fetch: fetchNow, now, waitUntil: (work) => ctx.waitUntil(work) };
}

function metadataOf(request: Request): string | undefined {
  const url = new URL(request.url);
  const origin = originOf(url, config.gateway.origins);
  const route = matchRoute(url.hostname, url.pathname);
  return origin && route && origin + resourceMetadataPath(route);
}

export function policyEdges(env: Env, waitUntil: PolicyEdges["waitUntil"]): PolicyEdges {
  return {
    kv: env.KV,
    publishers,
    sha256: verificationCore().sha256,
    releases: releaseHistory(env),
    now,
    waitUntil,
  };
}

export async function readinessOf(env: Env, ctx: Waiting): Promise<Readiness> {
  return readiness({
    kv: env.KV,
    stores: {
      revocations: () => revocationsOf(env).pending(),
      approvals: () => approvalsOf(env).find("probe"),
    },
    signing: (await signerNow())?.kid,
    unset: vendorSecrets.filter((name) => !secretOf(env, name)),
    policies: async () => {
      const loaded = await policyStore.loaded(policyEdges(env, (work) => ctx.waitUntil(work)));
      return loaded && { hash: loaded.current.hash, confirmed: loaded.confirmed };
    },
    waiting: () => ledgersOf(env).waiting(),
    failingSince: standing.failingSince,
    now,
  });
}
