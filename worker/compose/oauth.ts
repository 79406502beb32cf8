/** What the authorization server and the pages before its clients are given. */
import type { Env } from "../env.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { hashText } from "../oauth/actor-chain/commitment.ts";
import type { Door } from "../oauth/authorize/door.ts";
import { createFinder } from "../oauth/find-client.ts";
import type { Service } from "../oauth/service.ts";
import { spendAtOnce } from "../oauth/spend.ts";
import { grantsAt, limitsOf, registrationsOf, revocationsOf, vaultOf, workflowsOf } from "../stores.ts";
import { deriveKey } from "../trust/derived-key.ts";
import { privatePart, publicKeys } from "../trust/signing.ts";
import type { Edges } from "./edges.ts";
import { clients, config, now, openId, signingKeys, vendorSecretOf, vendorServers } from "./isolate.ts";
import { linkKeyOf, signInKeyNow } from "./keys.ts";
import { peopleEdges } from "./people.ts";

const findClient = createFinder(config, clients);

/** The authorization server; undefined if the gateway has no key to sign with. */
export async function createService(
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
    acceptStep: (step, proof, actc) => workflowsOf(env, step.acti).accept(step, hashText(proof, { core }), actc),
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

/** The pages where people let clients act for them; undefined if the gateway has no key to sign with. */
export async function createDoor(env: Env, service: Service | undefined, edges: Edges): Promise<Door | undefined> {
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
    secretOf: (name) => vendorSecretOf(env, name),
    isRevoked: (authority) => revocationsOf(env).anyRevoked(authority),
  };
}
