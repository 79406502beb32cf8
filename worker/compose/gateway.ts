/** What the stages of a request are given (gateway/gateway.ts). */
import { answerableOf } from "../chain/actors.ts";
import { endedSince } from "../chain/ownership.ts";
import { keysToRevoke } from "../chain/revocation.ts";
import { verificationCore } from "../core.ts";
import type { Env } from "../env.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { noticedAct, noticedEvent } from "../gateway/notice.ts";
import { createSeenMemories } from "../gateway/seen-memories.ts";
import { createUpstreamCalls } from "../gateway/upstream-calls.ts";
import { originOf } from "../http/origins.ts";
import { newAct } from "../ledger/record.ts";
import { logFailure } from "../log.ts";
import { createPins } from "../mcp/pins.ts";
import { resourceMetadataPath } from "../oauth/metadata.ts";
import { compareBeside } from "../policy/compare.ts";
import type { PolicyEdges } from "../policy/load.ts";
import { createWatch } from "../signs/watch.ts";
import { approvalsOf, comparisonsOf, limitsOf, revocationsOf, seenOf, vaultOf } from "../stores.ts";
import type { AwsCredentials } from "../vendor/aws.ts";
import { createKept } from "../vendor/kept.ts";
import { connectUri } from "../vendor/link.ts";
import type { Edges } from "./edges.ts";
import {
  config,
  facts,
  fetchNow,
  matchRoute,
  meter,
  now,
  policyStore,
  signingKeys,
  vendorSecretOf,
  waitUntil,
} from "./isolate.ts";
import { federationNow, handlesNow, linkKeyOf, signerNow } from "./keys.ts";
import { measure } from "./measure.ts";

const vendorTokens = createKept<string>();
const awsCredentials = createKept<AwsCredentials>();
const seenMemories = createSeenMemories();
const watch = createWatch();
const pins = createPins();

export async function createGateway(
  env: Env,
  { names, trust, policyEdges, ledger, keepAct, tell }: Edges,
): Promise<Gateway> {
  const core = verificationCore();
  /** For a refresh in the background. */
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
    endedSince: (actors) => endedSince(actors, { names, registry: config.gateway.id }, now()),
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
      keepAct(task, newAct(now(), { act: "ended", by, about: { kind: "task", task, ...why } }));
    },
    takeRate: (name, rate) => limitsOf(env, name).take(name, rate),
    secretOf: (name) => vendorSecretOf(env, name),
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
    ...createUpstreamCalls(fetchNow),
    now,
  };
}

function metadataOf(request: Request): string | undefined {
  const url = new URL(request.url);
  const origin = originOf(url, config.gateway.origins);
  const route = matchRoute(url.hostname, url.pathname);
  return origin && route && origin + resourceMetadataPath(route);
}
