/** Producer and consumer of messages, and a Worker that consumes them from a real queue. */
import { startBundled } from "../../local/bundled.ts";
import { HopgateError, type Opened, open } from "../../sdk/envelope.ts";
import type { PrivateKey } from "../../sdk/keys.ts";
import { type Sealing, seal } from "../../sdk/seal.ts";
import { CAST, type CraftKey, craftChain, keyNamed } from "../vectors/craft.ts";
import { admin, nowSeconds, taskOf, type World } from "./harness.ts";

/** A crafted key as the library takes it. */
export function libraryKey({ seed, x, thumbprint }: CraftKey): PrivateKey {
  return { kty: "OKP", crv: "Ed25519", x, d: Buffer.from(seed).toString("base64url"), kid: thumbprint };
}

/** The support agent's chain: alice -> app -> support agent. */
export async function agentChain(txn: string, claims: Record<string, unknown> = {}): Promise<string> {
  return (await craftChain(nowSeconds(), { 0: { claims: { txn, ...claims } } }, 2)).chain;
}

/** The support agent seals a payload for the refund service. */
export async function sealed(payload: string, chain: string, more: Partial<Sealing> = {}): Promise<string> {
  return seal(payload, chain, {
    key: libraryKey(await keyNamed("agent")),
    to: CAST.service,
    toKey: libraryKey(await keyNamed("service")),
    scopes: ["refunds:write"],
    ttl: 600,
    ...more,
  });
}

export const REFUNDS = "https://refunds.acme.example";
export const newTask = (): string => `task-${crypto.randomUUID()}`;

export function endTask(world: World, txn: string): Promise<Response> {
  return admin(world, "revocations", { kind: "task", task: taskOf(txn), reason: "test" });
}

/** Opens a message as the refund service, or as somebody else. */
export async function openAs(
  world: World,
  payload: string,
  envelope: string,
  delivery: string,
  holder = "service",
  path = "/jobs/refunds",
): Promise<Opened> {
  const key = libraryKey(await keyNamed(holder));
  const audience = path === "/jobs/exports" ? "https://orders.acme.example" : REFUNDS;
  return open(payload, envelope, delivery, { route: world.url + path, key, issuer: CAST.gateway, audience });
}

/** The rule that refuses it. */
export async function ruleOf(opening: Promise<Opened>): Promise<string | undefined> {
  const error = await opening.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error !== undefined && !(error instanceof HopgateError)) throw error;
  return error?.refusal?.rule;
}

interface ConsumerLog {
  readonly handled: { payload: string; subject: string; actors: string[]; txn: string }[];
  readonly refused: { id: string; rule: string | undefined }[];
  readonly attempts: Record<string, number>;
}

export interface Consumer {
  send(body: unknown): Promise<void>;
  log(): Promise<ConsumerLog>;
  stop(): Promise<void>;
}

export async function startConsumer(world: World): Promise<Consumer> {
  const miniflare = await startBundled("test/workers/consumer.ts", "dist/consumer", {
    bindings: { GATEWAY: world.url, KEY: JSON.stringify(libraryKey(await keyNamed("service"))) },
    queueProducers: { JOBS: "jobs" },
    queueConsumers: { jobs: { maxBatchTimeout: 0, maxRetries: 10 } },
  });
  const url = await miniflare.ready;
  return {
    send: async (body) => {
      const answer = await fetch(url, { method: "POST", body: JSON.stringify(body) });
      if (answer.status !== 202) throw new Error(`the queue answered ${answer.status}`);
    },
    log: async () => (await fetch(url)).json() as Promise<ConsumerLog>,
    stop: () => miniflare.dispose(),
  };
}
