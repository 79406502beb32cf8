/**
 * What each room is given: bindings and what an isolate keeps. Made once for an isolate and its bindings, so nothing here
 * belongs to one request: stubs of Durable Objects are made where they are called. The only file that knows every room.
 */
import { env as startEnv, waitUntil as waitUntilDone } from "cloudflare:workers";
import configText from "../dist/hopgate.toml";
import { listWorkloads, writeWorkload } from "./admin/registrations.ts";
import { answerableOf } from "./chain/actors.ts";
import { createFactsReader } from "./chain/facts.ts";
import { createNameProver, type NameProver } from "./chain/names/prove.ts";
import { keysToRevoke } from "./chain/revocation.ts";
import { namedSecrets, readConfig } from "./config.ts";
import type { Console } from "./console/edges.ts";
import { verificationCore } from "./core.ts";
import type { Env } from "./env.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { noticedAct, noticedEvent } from "./gateway/notice.ts";
import { compileRoutes } from "./gateway/routes.ts";
import { createSeenMemories } from "./gateway/seen-memories.ts";
import { originOf } from "./http/origins.ts";
import { appendAct } from "./ledger/acts.ts";
import { createLedgers } from "./ledger/all-shards.ts";
import type { Ledgers } from "./ledger/ledgers.ts";
import { actEntry } from "./ledger/new-entry.ts";
import { ledgerOfDay } from "./ledger/record.ts";
import { createShards } from "./ledger/shards.ts";
import { createStanding } from "./ledger/standing.ts";
import { logFailure } from "./log.ts";
import { createHandles, type Handles } from "./mcp/handle.ts";
import { createPins } from "./mcp/pins.ts";
import { createMemo } from "./memo.ts";
import { hashText } from "./oauth/actor-chain/commitment.ts";
import type { Door } from "./oauth/authorize/door.ts";
import { createClientStore } from "./oauth/clients.ts";
import { createFinder } from "./oauth/find-client.ts";
import { resourceMetadataPath } from "./oauth/metadata.ts";
import { registeredClients, registeredNames } from "./oauth/registry.ts";
import type { Service } from "./oauth/service.ts";
import { spendAtOnce } from "./oauth/spend.ts";
import type { SignInEdges } from "./people/openid.ts";
import type { SecretEdges } from "./people/secrets.ts";
import { compareBeside } from "./policy/compare.ts";
import { createPolicyStore, type PolicyEdges } from "./policy/load.ts";
import type { Receiver } from "./revocation/receiver.ts";
import { transmitterKeys } from "./revocation/security-event.ts";
import { createWatch } from "./signs/watch.ts";
import {
  approvalsOf,
  comparisonsOf,
  grantsAt,
  limitsOf,
  passkeysOf,
  policyHistory,
  registrationsOf,
  releaseHistory,
  revocationsOf,
  secretOf,
  seenOf,
  sessionsOf,
  streamOf,
  totalsOf,
  vaultOf,
} from "./stores.ts";
import { createHandingOn, type TotalsEdges } from "./telemetry/hand-on.ts";
import { type IssuerStanding, type Readiness, readiness } from "./telemetry/health.ts";
import { measuredLedger } from "./telemetry/ledger-time.ts";
import { levelsOf, type NoticeBacklog } from "./telemetry/levels.ts";
import { countRequest, type MeasuredRequest } from "./telemetry/measured.ts";
import { createMeter } from "./telemetry/meter.ts";
import { createTelemetry } from "./telemetry/otlp.ts";
import { prometheusText } from "./telemetry/prometheus.ts";
import { logRequest } from "./telemetry/request-log.ts";
import { createRegister } from "./telemetry/series.ts";
import { MOST_SERIES } from "./telemetry/totals.ts";
import { createTelling, type Telling } from "./transmitter/tell.ts";
import { type Cipher, createCipher } from "./trust/cipher.ts";
import { deriveKey } from "./trust/derived-key.ts";
import { createFederation, type Federation } from "./trust/federation.ts";
import { createTrust, type Trust } from "./trust/issuers.ts";
import type { KeyEdges } from "./trust/key-set.ts";
import { ownIssuer } from "./trust/own.ts";
import { createProvider } from "./trust/provider.ts";
import { readSecrets } from "./trust/secrets.ts";
import { createSigner, type PrivateKeys, privatePart, publicKeys, type Signer } from "./trust/signing.ts";
import type { AwsCredentials } from "./vendor/aws.ts";
import { createKept } from "./vendor/kept.ts";
import { connectUri } from "./vendor/link.ts";
import { createVendorServer } from "./vendor/server.ts";

// A Worker with a broken configuration or secret does not start: deploying it fails with the field's name.
export const config = readConfig(configText);
export const { signingKeys, publishers, vaultKeys, federationKeys, otlpHeaders } = readSecrets(
  (name) => secretOf(startEnv as Env, name),
  config,
);
export const matchRoute = compileRoutes(config.routes);
export const policyStore = createPolicyStore(config.gateway.policy_refresh);
const shards = createShards([
  { from: 0, count: config.ledger.shards },
  ...config.ledger.raised.map(({ from, shards: count }) => ({ from, count })),
]);
export const clients = createClientStore(config.oauth.client_refresh);
const findClient = createFinder(config, clients);
const provers = createNameProver(config);
const vendorTokens = createKept<string>();
const awsCredentials = createKept<AwsCredentials>();
export const vendorServers = new Map(
  Object.entries(config.vendors).map(([name, vendor]) => [name, { ...vendor, server: createVendorServer(vendor) }]),
);
const secretNames = namedSecrets(config);
const seenMemories = createSeenMemories();
const forTotals = createRegister(MOST_SERIES);
const forCollector = createRegister(MOST_SERIES);
const meter = createMeter(config.telemetry ? [forTotals, forCollector] : [forTotals]);
const handingOn = createHandingOn(forTotals);
const telemetry =
  config.telemetry &&
  createTelemetry({ url: config.telemetry.otlp, headers: otlpHeaders, gateway: config.gateway.id }, forCollector);
const lookOnce = createMemo<Readiness>(1000);
const watch = createWatch();
const keysOf = transmitterKeys(config.transmitters);
const ownIssuers = signingKeys === undefined ? [] : [ownIssuer(config.gateway.id, publicKeys(signingKeys).keys)];
export const facts = createFactsReader();
const trustOf = createTrust([...config.issuers, ...ownIssuers]);
let signer: Promise<Signer> | undefined;
let handles: Promise<Handles> | undefined;
const pins = createPins();
let linkKey: Promise<CryptoKey> | undefined;
let signInKey: Promise<CryptoKey> | undefined;
const openId = config.console.oidc && { oidc: config.console.oidc, provider: createProvider(config.console.oidc) };

export const now = (): number => Date.now();
export const fetchNow: Gateway["fetch"] = (request, init) => fetch(request, init);
export const sleep = (milliseconds: number): Promise<unknown> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

const standing = createStanding(now);
let federation: Promise<Federation> | undefined;
let cipher: Promise<Cipher> | undefined;

async function federationNow(): Promise<Federation | undefined> {
  if (federationKeys !== undefined) federation ??= createFederation(federationKeys, config.gateway.origins[0]);
  return federation;
}

/** What encrypts people's accounts at vendors; undefined without the secret for it. */
export function vaultCipher(): Promise<Cipher> | undefined {
  if (vaultKeys !== undefined) cipher ??= createCipher(vaultKeys);
  return cipher;
}

export async function signerNow(): Promise<Signer | undefined> {
  if (signingKeys !== undefined) signer ??= createSigner(signingKeys);
  return signer;
}

/** Of every key that is published: what was given out under the last one is still good. */
async function handlesNow(): Promise<Handles | undefined> {
  const [first, ...rest] = signingKeys?.keys ?? [];
  if (first === undefined) return undefined;
  const keyOf = ({ d }: { readonly d: string }): Promise<CryptoKey> => deriveKey(d, "mcp handles");
  handles ??= Promise.all([keyOf(first), ...rest.map(keyOf)]).then((keys) => createHandles(keys as [CryptoKey]));
  return handles;
}

/** Keeps an isolate at work for the request that runs, after its answer has gone. */
const waitUntil = (work: Promise<unknown>): void => waitUntilDone(work);

/** What several rooms are given. */
interface Edges {
  readonly keyEdges: KeyEdges;
  readonly trust: Trust;
  /** How keys of names are proven. */
  readonly names: NameProver;
  readonly policyEdges: PolicyEdges;
  readonly ledger: Ledgers;
  readonly keepAct: Console["keepAct"];
  readonly tell: Telling;
}

/** Everything that serves requests under one set of bindings. */
export interface Rooms extends Omit<Edges, "keyEdges" | "trust"> {
  gateway(): Promise<Gateway>;
  /** The authorization server; undefined where the gateway has no key to sign with. */
  service(): Promise<Service | undefined>;
  /** The pages for people who let clients act for them; undefined where there is no such key, or nowhere to sign in. */
  door(): Promise<Door | undefined>;
  readonly console: Console;
  readonly receiver: Receiver;
  /** What is told is at most a second old, however many ask. */
  readiness(): Promise<Readiness>;
  measure(request: MeasuredRequest): void;
  /** The metrics of all isolates, as Prometheus reads them. Rejects where their sums cannot be reached. */
  metrics(): Promise<string>;
}

const made = new WeakMap<Env, Rooms>();

/** @param env the same object for every request of an isolate */
export function roomsOf(env: Env): Rooms {
  const known = made.get(env);
  if (known !== undefined) return known;
  const rooms = createRooms(env);
  made.set(env, rooms);
  return rooms;
}

function createRooms(env: Env): Rooms {
  const edges = createEdges(env);
  let gateway: Promise<Gateway> | undefined;
  let service: Promise<Service | undefined> | undefined;
  let door: Promise<Door | undefined> | undefined;
  const gatewayNow = (): Promise<Gateway> => {
    gateway ??= createGateway(env, edges);
    return gateway;
  };
  const serviceNow = (): Promise<Service | undefined> => {
    service ??= gatewayNow().then((made) => createService(env, made, edges));
    return service;
  };
  return {
    names: edges.names,
    policyEdges: edges.policyEdges,
    ledger: edges.ledger,
    keepAct: edges.keepAct,
    tell: edges.tell,
    gateway: gatewayNow,
    service: serviceNow,
    door: () => {
      door ??= serviceNow().then((made) => createDoor(env, made, edges));
      return door;
    },
    console: createConsole(env, edges),
    receiver: createReceiver(env, edges),
    readiness: () => readinessNow(env, edges),
    measure: (request) => measure(request, env),
    metrics: () => metricsOf(env, edges),
  };
}

function createEdges(env: Env): Edges {
  const { sha256 } = verificationCore();
  const keyEdges: KeyEdges = { kv: env.KV, fetch: fetchNow, now, waitUntil };
  const trust = trustOf(keyEdges);
  const ledgers = createLedgers(shards, {
    namespace: env.LEDGER,
    now,
    sleep,
    waitUntil,
    written: standing.written,
    // The decisions are on record all the same, and say that their outcome is not known.
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

async function createGateway(env: Env, { names, trust, policyEdges, ledger, keepAct, tell }: Edges): Promise<Gateway> {
  const core = verificationCore();
  /** Of a look that nobody waits for. */
  const aside: PolicyEdges = { ...policyEdges, waitUntil: () => undefined };
  const looked = (hit: boolean): void =>
    meter.count("hopgate.cache.lookups", { "hopgate.cache": "chain", "hopgate.cache.result": hit ? "hit" : "miss" });
  const understanding = { config, core, names, looked, now };
  const announce: Gateway["announce"] = async (type, id, data) => {
    if (config.notify === undefined) return;
    const time = new Date(now()).toISOString();
    await env.NOTICE_QUEUE.send({ specversion: "1.0", type, source: config.gateway.id, id, time, data });
  };
  return {
    config,
    core,
    matchRoute,
    metadataOf,
    trust,
    factsOf: (chain, verdict) => facts.read(chain, verdict, understanding),
    signer: await signerNow(),
    handles: await handlesNow(),
    pins,
    policies: async () => (await policyStore.loaded(policyEdges))?.current,
    compare: (chain, question, judgement) => {
      const candidate = async () => (await policyStore.loaded(aside))?.candidate;
      const add = async (hash: string, difference: string | undefined) => comparisonsOf(env).add(hash, difference);
      const lost = (): void => meter.count("hopgate.comparisons.lost");
      waitUntil(compareBeside({ chain, question, judgement }, { candidate, add, lost }));
    },
    approvals: approvalsOf(env),
    announce,
    endTask: async (task, why) => {
      await revocationsOf(env).revoke(keysToRevoke("task", [task], core.sha256), why.reason);
      tell.revoked({ kind: "task", task }, why.reason, "policy");
      const by = { iss: config.gateway.id, sub: config.gateway.id };
      const time = new Date(now()).toISOString();
      keepAct(task, { id: crypto.randomUUID(), time, act: "ended", by, about: { kind: "task", task, ...why } });
    },
    takeRate: (name, rate) => limitsOf(env, name).take(name, rate),
    secretOf: (name) => secretOf(env, name),
    vendorTokens,
    awsCredentials,
    federation: federationNow,
    grantsOf: (subject) => vaultOf(env, subject),
    connectUri: async (vendor, subject) => {
      if (signingKeys === undefined) return undefined;
      return connectUri(config.gateway.origins[0], vendor, subject, await linkKeyOf(signingKeys));
    },
    ledger,
    seenMemories,
    meter,
    measure: (request) => measure(request, env),
    signs: config.signs && {
      settings: config.signs,
      seen: seenOf(env),
      watch,
      notice: (noticed) => {
        const act = noticedAct(noticed, config.gateway.id, now());
        keepAct(noticed.chain.task.id, act);
        const names = noticed.signs.map(({ sign }) => sign);
        tell.risk(answerableOf(noticed.chain.actors), names, noticed.chain.presentation.id);
        const told = announce("dev.hopgate.signs.v1", act.id, noticedEvent(noticed));
        waitUntil(
          told.catch((cause: unknown) =>
            logFailure("notice_failed", { decision: noticed.chain.presentation.id }, cause),
          ),
        );
      },
    },
    afterwards: waitUntil,
    fetch: fetchNow,
    now,
  };
}

/** The authorization server; undefined where the gateway has no key to sign with. */
async function createService(
  env: Env,
  gateway: Gateway,
  { keyEdges, names, ledger, keepAct }: Edges,
): Promise<Service | undefined> {
  const { core, trust, factsOf, signer, measure, afterwards } = gateway;
  if (signer === undefined || signingKeys === undefined) return undefined;
  const registrations = registrationsOf(env);
  return {
    config,
    core,
    findClient: (clientId) => findClient(clientId, { ...keyEdges, registrations }),
    trust,
    names,
    factsOf,
    signer,
    publicKeys: publicKeys(signingKeys),
    ledger,
    spend: spendAtOnce(ledger),
    takeSpending: () => [],
    acceptStep: ({ acti, prev, target }, proof, actc) =>
      env.WORKFLOWS.getByName(acti).accept(prev, target, hashText(proof, { core }), actc),
    nonceSecret: await deriveKey(privatePart(signingKeys), "dpop nonce"),
    revoke: async (keys, reason, until) =>
      revocationsOf(env).revoke(keys, reason, until === undefined ? {} : { until }),
    grantsAt: (shard) => grantsAt(env, shard),
    registrations,
    takeRate: (name, rate) => limitsOf(env, name).take(name, rate),
    keepAct,
    measure,
    afterwards,
    now,
  };
}

/** The pages by which people let clients act for them; undefined where the gateway has no key to sign with. */
async function createDoor(env: Env, service: Service | undefined, edges: Edges): Promise<Door | undefined> {
  const key = await signInKeyNow();
  if (service === undefined || signingKeys === undefined || key === undefined || openId === undefined) return undefined;
  return {
    ...peopleEdges(env, edges),
    service,
    openId,
    signInKey: key,
    consentKey: await deriveKey(privatePart(signingKeys), "consent"),
    linkKey: await linkKeyOf(signingKeys),
    connectKey: await deriveKey(privatePart(signingKeys), "connect"),
    vendors: vendorServers,
    grantsOf: (person) => vaultOf(env, person),
    secretOf: (name) => secretOf(env, name),
    isRevoked: (authority) => revocationsOf(env).anyRevoked(authority),
  };
}

/** What people sign in with, at the console and before OAuth clients. */
function peopleEdges(env: Env, { policyEdges, ledger }: Edges): SignInEdges & SecretEdges {
  return {
    clientSecret: env.CONSOLE_CLIENT_SECRET,
    spendSignIn: (state, expires) => ledger.spend({ owner: state, name: `sign-in ${state}`, expires }),
    sessions: sessionsOf(env),
    sha256: policyEdges.sha256,
    fetch: fetchNow,
    now,
  };
}

async function signInKeyNow(): Promise<CryptoKey | undefined> {
  if (signingKeys !== undefined) signInKey ??= deriveKey(privatePart(signingKeys), "console sign-in");
  return signInKey;
}

/** Signs the addresses at which people connect accounts. */
function linkKeyOf(keys: PrivateKeys): Promise<CryptoKey> {
  linkKey ??= deriveKey(privatePart(keys), "connect link");
  return linkKey;
}

function createConsole(env: Env, edges: Edges): Console {
  const { policyEdges, ledger, keepAct, names, tell } = edges;
  return {
    ...peopleEdges(env, edges),
    config,
    openId,
    signInKey: signInKeyNow,
    ledger,
    approvals: approvalsOf(env),
    passkeys: passkeysOf(env),
    registered: registeredNames(env.KV),
    clients: () => registeredClients(env.KV),
    workloads: () => listWorkloads(env.KV),
    changeWorkload: async (workload) => {
      await writeWorkload(env.KV, workload);
      names.forget(workload.name);
      facts.forget();
    },
    policies: async () => policyHistory(env, await policyStore.loaded(policyEdges)),
    revocations: () => revocationsOf(env).latest(500),
    revoke: async (keys, reason) => revocationsOf(env).revoke(keys, reason),
    tellRevoked: (name, reason) => tell.revoked(name, reason, "admin"),
    lift: async (keys, reason) => revocationsOf(env).lift(keys, reason),
    isRevoked: (authority) => revocationsOf(env).anyRevoked(authority),
    keepAct,
  };
}

function createReceiver(env: Env, { keyEdges, policyEdges, ledger, keepAct }: Edges): Receiver {
  return {
    config,
    keysOf: keysOf(keyEdges),
    sha256: policyEdges.sha256,
    wasSeen: (issuer, jti) => ledger.seen(issuer, `${issuer} ${jti}`),
    spend: (issuer, jti, expires) => ledger.spend({ owner: issuer, name: `${issuer} ${jti}`, expires }),
    revoke: async (keys, reason, before) => revocationsOf(env).revoke(keys, reason, { before }),
    keepAct: (act) => keepAct(ledgerOfDay(act.time), act),
    now,
  };
}

function metadataOf(request: Request): string | undefined {
  const url = new URL(request.url);
  const origin = originOf(url, config.gateway.origins);
  const route = matchRoute(url.hostname, url.pathname);
  return origin && route && origin + resourceMetadataPath(route);
}

/** Counts a request, tells the collector, and logs it where the configuration asks for that. */
function measure(request: MeasuredRequest, env: Env): void {
  countRequest(request, meter, now());
  handingOn.soon(totalsEdges(env));
  telemetry?.add(request, { fetch: fetchNow, sleep, waitUntil, now });
  logRequest(request, config.log.requests, now());
}

function totalsEdges(env: Env): TotalsEdges {
  return { add: async (series) => totalsOf(env).add(series), sleep, waitUntil, now };
}

async function metricsOf(env: Env, edges: Edges): Promise<string> {
  const [report, notices] = await Promise.all([
    readinessNow(env, edges),
    noticeBacklog(env),
    handingOn.now(totalsEdges(env)),
  ]);
  return prometheusText(await totalsOf(env).all(), levelsOf(report, notices, now()));
}

async function noticeBacklog(env: Env): Promise<NoticeBacklog | undefined> {
  return env.NOTICE_QUEUE.metrics().then(
    ({ backlogCount: count, oldestMessageTimestamp: oldest }) => ({ count, oldest: oldest?.getTime() }),
    () => undefined,
  );
}

function readinessNow(env: Env, edges: Edges): Promise<Readiness> {
  return lookOnce(() => readinessOf(env, edges), now());
}

async function readinessOf(env: Env, { policyEdges, ledger, trust }: Edges): Promise<Readiness> {
  return readiness({
    kv: env.KV,
    stores: {
      approvals: () => approvalsOf(env).find("probe"),
    },
    signing: (await signerNow())?.kid,
    unset: secretNames.filter((name) => !secretOf(env, name)),
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

/** Issuers of the configuration: the gateway's own keys stand behind them. */
async function standingOfIssuers(trust: Trust): Promise<IssuerStanding[]> {
  const read = (): IssuerStanding[] => trust.standing().slice(0, config.issuers.length);
  await Promise.all(read().map(({ keys }, index) => (keys === 0 ? trust.lookFor(index) : undefined)));
  return read();
}
