/** The Worker: its own endpoints, then every route of the configuration. The only file that knows every room. */
import { env as startEnv } from "cloudflare:workers";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import configText from "../dist/hopgate.toml";
import { adminApp, adminOnly, holdsAdminToken } from "./admin/app.ts";
import { listWorkloads } from "./admin/registrations.ts";
import { createFactsReader } from "./chain/facts.ts";
import { createNameProver, type NameProver } from "./chain/names/prove.ts";
import { readConfig } from "./config.ts";
import { consoleApp } from "./console/app.ts";
import type { Console } from "./console/edges.ts";
import { createProvider } from "./console/provider.ts";
import { verificationCore } from "./core.ts";
import type { Env } from "./env.ts";
import { HopError } from "./errors.ts";
import { type Receiver, receiveEvents } from "./events/receiver.ts";
import { transmitterKeys } from "./events/security-event.ts";
import { failWith } from "./gateway/failure.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { serve } from "./gateway/pipeline.ts";
import { respond } from "./gateway/respond.ts";
import { compileRoutes } from "./gateway/routes.ts";
import { type Readiness, readiness } from "./health.ts";
import { answerPreflight, isPreflight, withCrossOrigin } from "./http/cors.ts";
import { objectionToHead } from "./http/head.ts";
import { originOf } from "./http/origins.ts";
import { limitInFlight } from "./in-flight.ts";
import { createMemo } from "./memo.ts";
import { hashText } from "./oauth/actor-chain/commitment.ts";
import { oauthApp } from "./oauth/app.ts";
import { createClientStore } from "./oauth/clients.ts";
import { resourceMetadataPath } from "./oauth/metadata.ts";
import { registeredClients } from "./oauth/registry.ts";
import type { Service } from "./oauth/service.ts";
import { createPolicyStore, type PolicyEdges } from "./policy/load.ts";
import { consume, type QueueMessage } from "./queues.ts";
import { issuersNamed, keysNamed } from "./revocation/name.ts";
import { failureOf, outcomeOf, type Rule } from "./rules.ts";
import { compareBeside } from "./shadow.ts";
import { keepAct, keepRecord } from "./state/audit.ts";
import { createMetrics } from "./state/metrics.ts";
import { type ActRecord, ledgerOfDay } from "./state/record.ts";
import { createSnapshot } from "./state/revocation-snapshot.ts";
import { createTelemetry } from "./state/telemetry.ts";
import {
  approvalsOf,
  auditEdges,
  decisionsOf,
  limitsOf,
  policyHistory,
  proofsOf,
  releaseHistory,
  revocationsOf,
  secretOf,
  sessionsOf,
  statusesOf,
} from "./stores.ts";
import { deriveKey } from "./trust/derived-key.ts";
import { createTrust } from "./trust/issuers.ts";
import type { KeyEdges } from "./trust/key-set.ts";
import { ownIssuer } from "./trust/own.ts";
import { readSecrets } from "./trust/secrets.ts";
import { createSigner, privatePart, publicKeys, type Signer } from "./trust/signing.ts";
import { createVendorTokens } from "./vendor/client-credentials.ts";

export * from "./objects.ts";

type Waiting = Pick<ExecutionContext, "waitUntil">;

// A Worker with a broken configuration or secret does not start: deploying it fails with the field's name.
const config = readConfig(configText);
const { signingKeys, publishers, otlpHeaders } = readSecrets((name) => secretOf(startEnv as Env, name), config);
const matchRoute = compileRoutes(config.routes);
const policyStore = createPolicyStore(config.gateway.policy_refresh);
const revokedInSnapshot = createSnapshot(config.gateway.revocation_bound);
const clients = createClientStore(config.oauth.client_refresh);
const provers = createNameProver(config);
const vendorTokens = createVendorTokens();
const vendorSecrets = [...new Set(config.routes.flatMap(({ credential }) => credential?.secret ?? []))];
const metrics = createMetrics();
const lookOnce = createMemo<Readiness>(1000);
const telemetry = config.telemetry && createTelemetry(config.telemetry.otlp, config.gateway.id, otlpHeaders);
const keysOf = transmitterKeys(config.transmitters);
const ownIssuers = signingKeys === undefined ? [] : [ownIssuer(config.gateway.id, publicKeys(signingKeys).keys)];
const facts = createFactsReader();
const trustOf = createTrust([...config.issuers, ...ownIssuers]);
let signer: Promise<Signer> | undefined;
let nonceSecret: Promise<CryptoKey> | undefined;
let signInKey: Promise<CryptoKey> | undefined;
const provider = config.console.oidc && createProvider(config.console.oidc);

const now = (): number => Date.now();
const fetchNow: Gateway["fetch"] = (request, init) => fetch(request, init);
const sleep = (milliseconds: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function signerNow(): Promise<Signer | undefined> {
  if (signingKeys !== undefined) signer ??= createSigner(signingKeys);
  return signer;
}

async function gatewayOf(env: Env, ctx: Waiting): Promise<Gateway> {
  const core = verificationCore();
  const waitUntil = (work: Promise<unknown>): void => ctx.waitUntil(work);
  const revocations = revocationsOf(env);
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
    spendProof: (thumbprint, jti, expires) => proofsOf(env, thumbprint).spend(`${thumbprint} ${jti}`, expires),
    holdMessage: (message, delivery, expires) => proofsOf(env, message).hold(message, delivery, expires),
    isRevoked: (authority, how) =>
      how === "strict"
        ? revocations.anyRevoked(authority)
        : revokedInSnapshot(authority, { since: (seq) => revocations.since(seq), now, waitUntil }),
    keep: (record) => {
      waitUntil(keepRecord(record, auditEdges(env, sleep), metrics));
      telemetry?.add({ record, end: now() }, { fetch: fetchNow, sleep, waitUntil });
    },
    fetch: fetchNow,
    now,
  };
}

/** How keys of names are proven. */
function namesOf(env: Env, ctx: Waiting): NameProver {
  const edges = keyEdges(env, ctx);
  return provers({ ...edges, trust: trustOf(edges), sha256: verificationCore().sha256 });
}

/** The authorization server; undefined where the gateway has no key to sign with. */
async function serviceOf(env: Env, ctx: Waiting): Promise<Service | undefined> {
  const { core, trust, factsOf, signer, keep } = await gatewayOf(env, ctx);
  if (signer === undefined || signingKeys === undefined) return undefined;
  nonceSecret ??= deriveKey(privatePart(signingKeys), "dpop nonce");
  const revocations = revocationsOf(env);
  return {
    config,
    core,
    findClient: (clientId) => clients.find(clientId, { kv: env.KV, now }),
    trust,
    names: namesOf(env, ctx),
    factsOf,
    signer,
    publicKeys: publicKeys(signingKeys),
    allocateStatus: (authority, expires) => statusesOf(env).allocate(authority, expires),
    revokedPlaces: () => statusesOf(env).revoked(),
    acceptStep: ({ acti, prev, target }, proof, actc) =>
      env.WORKFLOWS.getByName(acti).accept(prev, target, hashText(proof, { core }), actc),
    nonceSecret: await nonceSecret,
    spendProof: (owner, jti, expires) => proofsOf(env, owner).spend(`${owner} ${jti}`, expires),
    isRevoked: (authority) => revocations.anyRevoked(authority),
    revoke: (keys, reason, until) => revocations.revoke(keys, reason, until === undefined ? {} : { until }),
    keep,
    now,
  };
}

function consoleOf(env: Env, ctx: Waiting): Console {
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
    index: decisionsOf(env),
    entries: (task) => env.LEDGER.getByName(task).entries(),
    approvals: approvalsOf(env),
    clients: () => registeredClients(env.KV),
    workloads: () => listWorkloads(env.KV),
    policies: async () => policyHistory(env, await policyStore.loaded(edges)),
    revocations: () => revocationsOf(env).latest(500),
    revoke: (keys, reason) => revocationsOf(env).revoke(keys, reason),
    isRevoked: (authority) => revocationsOf(env).anyRevoked(authority),
    keepAct: actKeeper(env, ctx),
    fetch: fetchNow,
    now,
  };
}

function receiverOf(env: Env, ctx: Waiting): Receiver {
  const keepOne = actKeeper(env, ctx);
  return {
    config,
    keysOf: keysOf(keyEdges(env, ctx)),
    sha256: verificationCore().sha256,
    wasSeen: (issuer, jti) => proofsOf(env, issuer).seen(`${issuer} ${jti}`),
    spend: (issuer, jti, expires) => proofsOf(env, issuer).spend(`${issuer} ${jti}`, expires),
    revoke: (keys, reason, before) => revocationsOf(env).revoke(keys, reason, { before }),
    keepAct: (act) => keepOne(ledgerOfDay(act.time), act),
    now,
  };
}

function actKeeper(env: Env, ctx: Waiting): Console["keepAct"] {
  return (ledger, act) => ctx.waitUntil(keepAct(ledger, act, auditEdges(env, sleep), metrics));
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

function policyEdges(env: Env, waitUntil: PolicyEdges["waitUntil"]): PolicyEdges {
  return {
    kv: env.KV,
    publishers,
    sha256: verificationCore().sha256,
    releases: releaseHistory(env),
    now,
    waitUntil,
  };
}

function forAllOrigins(methods: readonly string[]): MiddlewareHandler {
  const allowed = { origins: ["*"], methods };
  return async (c, next) => {
    if (isPreflight(c.req.raw)) return answerPreflight(c.req.raw, allowed);
    await next();
    const answer = withCrossOrigin(c.res, c.req.raw, allowed);
    // Hono adds the headers of the answer before to the one after.
    c.res = undefined;
    c.res = answer;
  };
}
/** Seconds that no request takes until its answer begins: upstreams have theirs, the gateway a minute. */
const LONGEST = 60 + Math.max(...config.routes.map(({ timeout }) => timeout));

/** The answer before anything is known of where the request goes. */
function refuse(rule: Rule, request: Request): Response {
  metrics.count("hopgate_requests_total", { outcome: outcomeOf(failureOf(rule).status), rule });
  return respond(new HopError(rule), crypto.randomUUID(), request, {});
}

type AppContext = Context<{ Bindings: Env }>;
const app = new Hono<{ Bindings: Env }>();

/** Probes, scrapers and whoever holds the admin token come by addresses of the machine: nothing there depends on the name. */
const UNDER_ANY_NAME = /^\/(healthz|readyz|metrics|admin(\/.*)?)$/;

app.use("*", async (c, next) => {
  const rule = objectionToHead(c.req.raw, config.gateway.origins);
  if (rule === undefined || (rule === "misdirected_request" && UNDER_ANY_NAME.test(c.req.path))) return next();
  return refuse(rule, c.req.raw);
});

// Whether the Worker runs, for whoever restarts it: answered however much there is to do. Whether it can do its work is
// what /readyz tells.
app.get("/healthz", (c) => c.json({ status: "ok" }, 200, { "cache-control": "no-store" }));

// Public, and without credentials of the browser: any page may read what describes the gateway, and ask for its own tokens.
app.use("/.well-known/*", forAllOrigins(["GET"]));
app.use("/oauth/token", forAllOrigins(["POST"]));

app.use(limitInFlight(config.gateway.max_in_flight, LONGEST, (c) => refuse("gateway_busy", c.req.raw)));

app.get("/.well-known/jwks.json", (c) => {
  if (signingKeys === undefined) throw new HopError("signing_unavailable");
  return c.json(publicKeys(signingKeys), 200, { "cache-control": "public, max-age=300" });
});

app.route(
  "/",
  oauthApp(config, (c) => serviceOf(c.env as Env, c.executionCtx)),
);

app.post("/events", (c) => receiveEvents(c.req.raw, receiverOf(c.env, c.executionCtx)));

// Everybody is told whether; what is wrong, and what is there, is for those who run it. However many ask, the stores are
// asked once in a second.
app.get("/readyz", async (c) => {
  const report = await lookOnce(() => readinessOf(c.env, c.executionCtx), now());
  const told = holdsAdminToken(c) ? report : { status: report.status };
  return c.json(told, report.status === "ready" ? 200 : 503, { "cache-control": "no-store" });
});

async function readinessOf(env: Env, ctx: Waiting): Promise<Readiness> {
  return readiness({
    kv: env.KV,
    stores: {
      replay: () => proofsOf(env, "probe").seen("probe"),
      revocations: () => revocationsOf(env).anyRevoked({ keys: [], issued: 0 }),
      approvals: () => approvalsOf(env).find("probe"),
      ledgers: () => env.LEDGER.getByName("probe").find("probe"),
    },
    signing: (await signerNow())?.kid,
    unset: vendorSecrets.filter((name) => !secretOf(env, name)),
    policies: async () => {
      const loaded = await policyStore.loaded(policyEdges(env, (work) => ctx.waitUntil(work)));
      return loaded && { hash: loaded.current.hash, confirmed: loaded.confirmed };
    },
    queues: {
      audit: async () => (await env.AUDIT_QUEUE.metrics()).backlogCount,
      archive: async () => (await env.ARCHIVE_QUEUE.metrics()).backlogCount,
    },
    ledger: {
      pending: metrics.total("hopgate_ledger_pending"),
      lost: metrics.total("hopgate_ledger_lost_total"),
    },
  });
}

app.get("/metrics", adminOnly, (c) => c.text(metrics.render()));

app.route(
  "/admin",
  adminApp({
    gateway: config.gateway.id,
    issuers: issuersNamed(config),
    signerOf: signerNow,
    policies: {
      store: policyStore,
      edges: (c: AppContext) => policyEdges(c.env, (work) => c.executionCtx.waitUntil(work)),
    },
    clients,
    revoke: async (c, name, reason) => {
      await revocationsOf(c.env).revoke(keysNamed(name, config.gateway.id, verificationCore().sha256), reason);
      const time = new Date(now()).toISOString();
      const by = { sub: "admin", iss: config.gateway.id };
      const act: ActRecord = { id: crypto.randomUUID(), time, act: "revoked", by, about: { ...name, reason } };
      actKeeper(c.env, c.executionCtx)(name.kind === "task" ? name.task : ledgerOfDay(time), act);
    },
    nameChanged: (c, name, about) => {
      namesOf(c.env, c.executionCtx).forget(name);
      facts.forget();
      const time = new Date(now()).toISOString();
      const by = { sub: "admin", iss: config.gateway.id };
      const act: ActRecord = { id: crypto.randomUUID(), time, act: "registered", by, about: { name, ...about } };
      actKeeper(c.env, c.executionCtx)(ledgerOfDay(time), act);
    },
    consoleOf: (c) => consoleOf(c.env, c.executionCtx),
  }),
);

app.route(
  "/console",
  consoleApp((c) => consoleOf(c.env, c.executionCtx)),
);

// What an endpoint of the gateway's own did not foresee; routes answer for themselves.
app.onError((error, c) => {
  if (error instanceof HTTPException) return error.getResponse();
  return failWith(error, crypto.randomUUID(), c.req.raw, {}).response;
});

app.all("*", async (c) => {
  const request = c.req.raw;
  const { host, pathname } = new URL(request.url);
  const route = matchRoute(host, pathname);
  const serveNow = async (): Promise<Response> => serve(request, await gatewayOf(c.env, c.executionCtx));
  if (route === undefined || route.cors_origins.length === 0) return serveNow();
  const allowed = { origins: route.cors_origins, methods: Object.keys(route.methods) };
  return isPreflight(request) ? answerPreflight(request, allowed) : withCrossOrigin(await serveNow(), request, allowed);
});

export default {
  fetch: app.fetch,
  queue: (batch, env) =>
    consume(batch, {
      append: auditEdges(env, sleep).append,
      bucket: env.ARCHIVE,
      notify: config.notify?.url,
      signer: signerNow,
      fetch: fetchNow,
      now,
    }),
} satisfies ExportedHandler<Env, QueueMessage>;
