/** Starts the built bundle in workerd with a real upstream; the tests reach both by HTTP only. */
import "./uncompressed.ts";
import { readFile } from "node:fs/promises";
import { sha256 } from "../../cli/hash.ts";
import { type LocalGateway, startGateway } from "../../local/gateway.ts";
import { readPolicyFiles } from "../../policies/tool/files.ts";
import { release, uploadSet } from "../../policies/tool/remote.ts";
import { makeDocument, type PolicyDocument } from "../../policies/tool/source.ts";
import type { Remote } from "../../sdk/admin.ts";
import { newKey, type PrivateKey, publicPart } from "../../sdk/keys.ts";
import type { Workload } from "../../worker/chain/names/workload.ts";
import { issuerParty } from "../../worker/chain/party.ts";
import { taskId } from "../../worker/chain/task.ts";
import type { LedgerEntry } from "../../worker/ledger/entry.ts";
import { tellEntries } from "../../worker/ledger/outcomes.ts";
import type { ActRecord, AuditRecord } from "../../worker/ledger/record.ts";
import { CAST, type CraftKey, craftChain, type HopChange, hashOf, keyNamed, leafKey, sign } from "../vectors/craft.ts";
import { type Seen, startTestUpstream, type TestUpstream } from "./upstream.ts";
import { VENDOR_SECRETS } from "./vendor.ts";

export const ADMIN_TOKEN = "test-admin-token";

export interface World {
  readonly gateway: LocalGateway;
  readonly upstream: TestUpstream;
  readonly url: string;
  readonly gatewayKeys: readonly PrivateKey[];
  readonly publisher: PrivateKey;
  stop(): Promise<void>;
}

export interface WorldOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Of the upstream; default: a free one. */
  readonly upstreamPort?: number;
  /** File of the configuration, whose placeholders are filled in; default: hopgate.toml beside this file. */
  readonly base?: string | URL;
  /** Leave KV as empty as on a first deployment. */
  readonly withoutPolicies?: boolean;
  readonly gatewayKeys?: readonly PrivateKey[];
  /** Another bundle than the one that would be deployed. */
  readonly bundle?: string;
  edit?(config: string): string;
  /** Bindings of text beside, or in place of, the usual ones. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Takes what the Worker logs. */
  readonly log?: (line: string) => void;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const upstream = await startTestUpstream(options.upstreamPort);
  const config = await testConfig(upstream.url, options.base);
  const gatewayKeys = options.gatewayKeys ?? [await newKey(), await newKey()];
  const publisher = await newKey();
  const gateway = await startGateway({
    config: options.edit?.(config) ?? config,
    port: options.port ?? 0,
    gatewayKeys: gatewayKeys.length === 0 ? "" : JSON.stringify({ keys: gatewayKeys }),
    adminToken: ADMIN_TOKEN,
    publishers: [publicPart(publisher)],
    secrets: { CONSOLE_CLIENT_SECRET: "console-secret", ...VENDOR_SECRETS, ...options.secrets },
    ...(options.bundle !== undefined && { bundle: options.bundle }),
    log: options.log,
  });
  const url = gateway.url.origin;
  if (!options.withoutPolicies) {
    await publishUsual({ gateway: url, adminToken: ADMIN_TOKEN }, publisher);
  }
  await registerWorkloads({ url });
  const stop = async (): Promise<void> => {
    await gateway.stop();
    await upstream.stop();
  };
  return { gateway, upstream, url, gatewayKeys, publisher, stop };
}

let usual: Promise<PolicyDocument> | undefined;

/** Publishes the policies of `policies/`, which are compiled once a process. */
async function publishUsual(remote: Remote, publisher: PrivateKey): Promise<void> {
  usual ??= readPolicyFiles("policies").then(makeDocument);
  const document = await usual;
  await uploadSet(remote, document);
  await release(remote, publisher, { kind: "current", set: document.hash });
}

/** Workloads of the crafted chains, by the names of their keys. */
const WORKLOADS: Readonly<Record<string, string>> = {
  [CAST.app]: "app",
  [CAST.agent]: "agent",
  [CAST.service]: "service",
  "spiffe://acme.example/jobs/nightly": "nightly",
  "https://agents.partner.example/reader": "partner",
  // Those of longer chains, as deep as a test over HTTP goes.
  ...Object.fromEntries([3, 4, 5].map((k) => [`spiffe://acme.example/actors/${k}`, `actor${k + 1}`])),
};

/** They and their keys. */
export function castWorkloads(): Promise<Pick<Workload, "name" | "keys" | "owner" | "purpose">[]> {
  return Promise.all(
    Object.entries(WORKLOADS).map(async ([name, key]) => ({
      name,
      keys: [(await keyNamed(key)).jwk],
      owner: "tests",
      purpose: "tests",
    })),
  );
}

/** Registers them, as `hopgate workload add` does. */
export async function registerWorkloads(world: Pick<World, "url">): Promise<void> {
  for (const workload of await castWorkloads()) {
    const { status } = await admin(world, `registry/${encodeURIComponent(workload.name)}`, workload, "PUT");
    if (status !== 200) throw new Error(`registering ${workload.name}: ${status}`);
  }
}

/** The identity of a task that an issuer has introduced. */
export function taskOf(txn: string, issuer: string = CAST.issuer): string {
  return taskId(txn, issuerParty(issuer), sha256);
}

export async function testConfig(
  upstream: string,
  base: string | URL = new URL("hopgate.toml", import.meta.url),
): Promise<string> {
  const text = await readFile(base, "utf8");
  const [idp, partner] = [await keyNamed("idp"), await keyNamed("partner-idp")];
  return text
    .replaceAll("UPSTREAM", upstream)
    .replaceAll("JWKS", `${upstream}/jwks`)
    .replaceAll("IDP_KEY", idp.x)
    .replaceAll("PARTNER_KEY", partner.x);
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

/** The latest `iat` that a gateway accepts now: that of an issuer whose clock is ahead by its `clock_skew`. */
export const latestIat = (): number => nowSeconds() + 5;

/** The good chain at this moment, changed as asked. */
export async function chainNow(changes?: Readonly<Record<number, HopChange>>, length?: number): Promise<string> {
  return (await craftChain(nowSeconds(), changes, length)).chain;
}

export interface CallOptions {
  readonly method?: string;
  readonly path?: string;
  readonly chain?: string;
  /** Who makes the proof; default: the refund service, the leaf of the good chain. */
  readonly key?: CraftKey;
  /** Changes to the proof. */
  readonly proof?: Record<string, unknown>;
  readonly proofHeader?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
}

/** A request with a chain and a DPoP proof over it. */
export async function call(world: World, options: CallOptions = {}): Promise<Response> {
  const { method = "GET", path = "/orders/17" } = options;
  const chain = options.chain ?? (await chainNow());
  const dpop = await proofFor(world, chain, options);
  return fetch(world.url + path, {
    method,
    headers: { authorization: `DPoP ${chain}`, dpop, ...options.headers },
    ...(options.body !== undefined && { body: options.body, duplex: "half" }),
    redirect: "manual",
  });
}

export async function proofFor(world: Pick<World, "url">, chain: string, options: CallOptions): Promise<string> {
  const { method = "GET", path = "/orders/17", proof, proofHeader } = options;
  const key = options.key ?? (await leafKey());
  const claims = {
    htm: method,
    htu: world.url + new URL(path, world.url).pathname,
    ath: hashOf(chain),
    iat: nowSeconds(),
    jti: crypto.randomUUID(),
    ...proof,
  };
  return sign({ alg: "EdDSA", typ: "dpop+jwt", jwk: key.jwk, ...proofHeader }, claims, key);
}

/** What the upstream saw of an allowed request. */
export async function seenBy(response: Response): Promise<Seen> {
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Seen;
}

export interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly rule: string;
  readonly description: string;
  readonly decision: string;
  readonly challenge: string | null;
}

export async function refusalOf(response: Response): Promise<Refusal> {
  const whole = (await response.json()) as { error?: { data?: unknown } };
  // On routes to MCP servers refusals are JSON-RPC.
  const body = (whole.error?.data ?? whole) as Record<"error" | "rule" | "error_description" | "decision", string>;
  return {
    status: response.status,
    error: body.error,
    rule: body.rule,
    description: body.error_description,
    decision: body.decision,
    challenge: response.headers.get("www-authenticate"),
  };
}

/** Asks again until the answer will do, for at most so many milliseconds: many more than it takes on a busy machine. */
export async function eventually<T>(ask: () => Promise<T>, done: (answer: T) => boolean, within = 30_000): Promise<T> {
  const began = Date.now();
  while (true) {
    const answer = await ask();
    if (done(answer)) return answer;
    const waited = Date.now() - began;
    if (waited > within) throw new Error(`never so within ${within} ms; last: ${JSON.stringify(answer)}`);
    // The longer it takes, the less often: asking takes CPU time that other tests need.
    await new Promise((resolve) => setTimeout(resolve, 50 + waited / 10));
  }
}

/** Waits until a moment is past. @param moment seconds since 1970 */
export async function untilAfter(moment: number): Promise<void> {
  await eventually(
    async () => Date.now() / 1000,
    (now) => now > moment,
  );
}

/** Asks the administration, with a JSON body if there is one. */
export async function admin(
  world: Pick<World, "url">,
  path: string,
  body?: object,
  method = "POST",
): Promise<Response> {
  return fetch(`${world.url}/admin/${path}`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
    ...(body !== undefined && { method, body: JSON.stringify(body) }),
  });
}

/** What /readyz tells those who run the gateway. */
export async function readiness({ url }: Pick<World, "url">): Promise<Response> {
  return fetch(`${url}/readyz`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
}

/** What the ledger of a task tells, once it tells of so many requests and acts, each with its outcome. */
export async function recordsOf(world: World, txn: string, atLeast: number): Promise<(AuditRecord | ActRecord)[]> {
  return tellEntries(await ledgerOf(world, txn, atLeast)).map(({ record }) => record);
}

/** The ledger of a task as it is now, empty if nothing is recorded. @param txn as for `ledgerOf` */
export async function ledgerNow({ url }: Pick<World, "url">, txn: string): Promise<readonly LedgerEntry[]> {
  const name = /^gateway:|^[\w-]{43}$/.test(txn) ? txn : taskOf(txn);
  const answer = await fetch(`${url}/admin/audit/${encodeURIComponent(name)}`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  if (answer.status === 404) return [];
  return ((await answer.json()) as { entries: readonly LedgerEntry[] }).entries;
}

/**
 * The ledger of a task as it stands, once it has so many entries beside those of outcomes, and every outcome: outcomes
 * are written after the response has gone.
 *
 * @param txn as the identity provider introduced it, or the name of a ledger
 */
export async function ledgerOf(
  world: Pick<World, "url">,
  txn: string,
  atLeast: number,
  within = 30_000,
): Promise<readonly LedgerEntry[]> {
  const isWhole = (entries: readonly LedgerEntry[]): boolean => {
    const told = tellEntries(entries);
    return told.length >= atLeast && told.every(({ record }) => isSettled(record));
  };
  return eventually(() => ledgerNow(world, txn), isWhole, within);
}

function isSettled(record: AuditRecord | ActRecord): boolean {
  return "act" in record || record.status !== undefined || record.socket !== undefined;
}
