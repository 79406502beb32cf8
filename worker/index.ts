/** The Worker: its own endpoints, then every route of the configuration. The only file that knows every room. */
import { env as startEnv } from "cloudflare:workers";
import { type Context, Hono } from "hono";
import configText from "../dist/hopgate.toml";
import { adminApp, adminOnly } from "./admin/app.ts";
import { recordedChain } from "./chain/recorded.ts";
import { readConfig } from "./config.ts";
import { verificationCore } from "./core.ts";
import type { Env } from "./env.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { serve } from "./gateway/pipeline.ts";
import { compileRoutes } from "./gateway/routes.ts";
import { hashText } from "./oauth/actor-chain/commitment.ts";
import { oauthApp } from "./oauth/app.ts";
import { createClientStore } from "./oauth/clients.ts";
import { resourceMetadataPath } from "./oauth/metadata.ts";
import { createNonceSecret } from "./oauth/nonce.ts";
import type { Service } from "./oauth/service.ts";
import { createPolicyStore, type PolicyEdges } from "./policy/load.ts";
import { readPublishers } from "./policy/release.ts";
import { compareWith } from "./policy/shadow.ts";
import { type AuditMessage, keepRecord } from "./state/audit.ts";
import { COMPARISONS_NAME } from "./state/comparisons.ts";
import { createMetrics } from "./state/metrics.ts";
import { RELEASES_NAME } from "./state/releases.ts";
import { replayShard } from "./state/replay.ts";
import { createSnapshot, REVOCATIONS_NAME } from "./state/revocations.ts";
import { STATUSES_NAME } from "./state/statuses.ts";
import { createTrust } from "./trust/issuers.ts";
import { ownIssuer } from "./trust/own.ts";
import { createSigner, privatePart, publicKeys, readSigningKeys, type Signer } from "./trust/signing.ts";

export { Comparisons } from "./state/comparisons.ts";
export { Decisions } from "./state/decisions.ts";
export { Ledger } from "./state/ledger.ts";
export { Releases } from "./state/releases.ts";
export { Replay } from "./state/replay.ts";
export { Revocations } from "./state/revocations.ts";
export { Statuses } from "./state/statuses.ts";
export { Workflows } from "./state/workflows.ts";

// A Worker with a broken configuration does not start: deploying it fails with the field's name.
const config = readConfig(configText);
const matchRoute = compileRoutes(config.routes);
const policyStore = createPolicyStore(config.gateway.policy_refresh);
const revokedInSnapshot = createSnapshot(config.gateway.revocation_refresh);
const clients = createClientStore(config.oauth.client_refresh);
const metrics = createMetrics();
const publishers = readPublishers((startEnv as Env).POLICY_KEYS);
const signingKeys = readSigningKeys((startEnv as Env).GATEWAY_KEYS);
const ownIssuers = signingKeys === undefined ? [] : [ownIssuer(config.gateway.id, publicKeys(signingKeys).keys)];
const trustOf = createTrust([...config.issuers, ...ownIssuers]);
let signer: Promise<Signer> | undefined;
let nonceSecret: Promise<CryptoKey> | undefined;

const now = (): number => Date.now();

async function gatewayOf(env: Env, ctx: Pick<ExecutionContext, "waitUntil">): Promise<Gateway> {
  const core = verificationCore();
  const waitUntil = (work: Promise<unknown>): void => ctx.waitUntil(work);
  const revocations = env.REVOCATIONS.getByName(REVOCATIONS_NAME);
  if (signingKeys !== undefined) signer ??= createSigner(signingKeys);
  return {
    config,
    core,
    matchRoute,
    metadataOf,
    trust: trustOf({ kv: env.KV, fetch: (request) => fetch(request), now, waitUntil }),
    signer: await signer,
    policies: async () => (await policyStore.loaded(policyEdges(env, waitUntil)))?.current,
    compare: (chain, question, judgement) => waitUntil(compareBeside(env, chain, question, judgement)),
    spendProof: (thumbprint, jti, expires) =>
      env.REPLAY.getByName(replayShard(thumbprint)).spend(`${thumbprint} ${jti}`, expires),
    isRevoked: (keys, how) =>
      how === "strict"
        ? revocations.anyRevoked(keys)
        : revokedInSnapshot(keys, { all: () => revocations.all(), now, waitUntil }),
    keep: (record) => waitUntil(keepRecord(record, auditEdges(env), metrics)),
    fetch: (request) => fetch(request),
    now,
  };
}

/** The authorization server; undefined where the gateway has no key to sign with. */
async function serviceOf(env: Env, ctx: Pick<ExecutionContext, "waitUntil">): Promise<Service | undefined> {
  const { core, trust, signer, keep } = await gatewayOf(env, ctx);
  if (signer === undefined || signingKeys === undefined) return undefined;
  nonceSecret ??= createNonceSecret(privatePart(signingKeys));
  const revocations = env.REVOCATIONS.getByName(REVOCATIONS_NAME);
  return {
    config,
    core,
    findClient: (clientId) => clients.find(clientId, { kv: env.KV, now }),
    trust,
    signer,
    publicKeys: publicKeys(signingKeys),
    allocateStatus: (keys, expires) => env.STATUSES.getByName(STATUSES_NAME).allocate(keys, expires),
    liveStatuses: () => env.STATUSES.getByName(STATUSES_NAME).live(),
    revokedKeys: () => revocations.all(),
    acceptStep: ({ acti, prev, target }, proof, actc) =>
      env.WORKFLOWS.getByName(acti).accept(prev, target, hashText(proof, { core }), actc),
    nonceSecret: await nonceSecret,
    spendProof: (owner, jti, expires) => env.REPLAY.getByName(replayShard(owner)).spend(`${owner} ${jti}`, expires),
    isRevoked: (keys) => revocations.anyRevoked(keys),
    revoke: (keys, reason) => revocations.revoke(keys, reason),
    keep,
    now,
  };
}

function metadataOf(request: Request): string | undefined {
  const { origin, host, pathname } = new URL(request.url);
  const route = matchRoute(host, pathname);
  return route && origin + resourceMetadataPath(route);
}

function policyEdges(env: Env, waitUntil: PolicyEdges["waitUntil"]): PolicyEdges {
  return {
    kv: env.KV,
    publishers,
    sha256: verificationCore().sha256,
    recordRelease: (release, jws) =>
      env.RELEASES.getByName(RELEASES_NAME).append(release.seq, JSON.stringify(release), jws),
    now,
    waitUntil,
  };
}

/** Judges by the candidate set for its share of the requests. What goes wrong is counted: nobody waits for it. */
async function compareBeside(env: Env, ...[chain, question, judgement]: Parameters<Gateway["compare"]>): Promise<void> {
  try {
    const candidate = (await policyStore.loaded(policyEdges(env, () => undefined)))?.candidate;
    if (candidate === undefined || Math.random() >= candidate.share) return;
    const difference = compareWith(candidate, question, judgement);
    const { id, received, route } = chain.presentation;
    const recorded = difference && {
      id,
      time: new Date(received).toISOString(),
      route: route.id,
      chain: recordedChain(chain, chain.proof ?? "none"),
      ...difference,
    };
    await env.COMPARISONS.getByName(COMPARISONS_NAME).add(candidate.hash, recorded && JSON.stringify(recorded));
  } catch {
    metrics.count("hopgate_comparisons_lost_total", {});
  }
}

function auditEdges(env: Env): Parameters<typeof keepRecord>[1] {
  return {
    append: ({ txn, id, record }) => env.LEDGER.getByName(txn).append(id, record),
    enqueue: (message) => env.AUDIT_QUEUE.send(message),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  };
}

const app = new Hono<{ Bindings: Env }>();

app.get("/.well-known/jwks.json", (c) => {
  if (signingKeys === undefined) return c.json({ error: "temporarily_unavailable" }, 503);
  return c.json(publicKeys(signingKeys), 200, { "cache-control": "public, max-age=300" });
});

app.route(
  "/",
  oauthApp(config, (c) => serviceOf(c.env as Env, c.executionCtx)),
);

app.get("/healthz", async (c) => {
  const gateway = await gatewayOf(c.env, c.executionCtx);
  const loaded = await policyStore.loaded(policyEdges(c.env, (work) => c.executionCtx.waitUntil(work)));
  const lost = metrics.total("hopgate_ledger_lost_total");
  const healthy = loaded !== undefined && gateway.signer !== undefined && lost === 0;
  const report = {
    status: healthy ? "ok" : "failing",
    signing: gateway.signer === undefined ? "no key: set GATEWAY_KEYS" : gateway.signer.kid,
    policies: loaded === undefined ? "none loaded: hopgate policy publish" : loaded.current.hash,
    policies_confirmed: loaded && new Date(loaded.confirmed).toISOString(),
    ledger: { queued: metrics.total("hopgate_ledger_queued_total"), lost },
  };
  return c.json(report, healthy ? 200 : 503, { "cache-control": "no-store" });
});

app.get("/metrics", adminOnly, (c) => c.text(metrics.render()));

const policies = {
  store: policyStore,
  edges: (c: Context<{ Bindings: Env }>) => policyEdges(c.env, (work) => c.executionCtx.waitUntil(work)),
};
app.route(
  "/admin",
  adminApp({
    gateway: config.gateway.id,
    signerOf: async (c) => (await gatewayOf(c.env, c.executionCtx)).signer,
    policies,
    clients,
  }),
);

app.all("*", async (c) => serve(c.req.raw, await gatewayOf(c.env, c.executionCtx)));

export default {
  fetch: app.fetch,
  /** Writes queued records to their ledgers; what fails is delivered again. */
  async queue(batch, env) {
    for (const message of batch.messages) {
      try {
        await auditEdges(env).append(message.body);
        message.ack();
      } catch {
        message.retry();
      }
    }
  },
} satisfies ExportedHandler<Env, AuditMessage>;
