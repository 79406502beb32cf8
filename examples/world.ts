/** What the stories need around them: gateways on free ports, and Acme's identity provider. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { newKey, type PrivateKey, type PublicKey, publicPart } from "hopgate/client";
import { importJWK, SignJWT } from "jose";
import { startGateway } from "../local/gateway.ts";
import { readPolicyFiles } from "../policies/tool/files.ts";
import { publishPolicies } from "../policies/tool/publish.ts";
import { askAdmin, type Remote, sendAdmin } from "../sdk/admin.ts";
import { partyId } from "../worker/chain/party.ts";
import type { LedgerEntry } from "../worker/ledger/entry.ts";
import { tellEntries } from "../worker/ledger/outcomes.ts";
import { type AuditRecord, actorText, askedFor } from "../worker/ledger/record.ts";

export interface ExampleGateway {
  readonly url: string;
  readonly remote: Remote;
  stop(): Promise<void>;
}

export interface ExampleOptions {
  /** 0 takes a free one. */
  readonly port?: number;
  /** Folder of the policies; default: Acme's. */
  readonly folder?: string;
  /** Cedar beside them. */
  readonly policies?: string;
  readonly secrets?: Readonly<Record<string, string>>;
}

/** @param values for the words in capitals of the configuration */
export async function startExample(
  config: string,
  values: Readonly<Record<string, string>>,
  { port = 0, folder = "policies", policies = "", secrets = {} }: ExampleOptions = {},
): Promise<ExampleGateway> {
  const file = fileURLToPath(new URL(config, import.meta.url));
  const text = Object.entries(values).reduce(
    (all, [name, value]) => all.replaceAll(name, value),
    await readFile(file, "utf8"),
  );
  const [publisher, adminToken] = [await newKey(), crypto.randomUUID()];
  let published = false;
  const gateway = await startGateway({
    config: text,
    port,
    secrets,
    gatewayKeys: JSON.stringify({ keys: [await newKey()] }),
    adminToken,
    publishers: [publicPart(publisher)],
    // Until the policies are published, a few lines below, their absence is expected.
    log: (line) => {
      if (published || !line.includes('"policies_absent"')) console.log(line);
    },
  });
  const remote = { gateway: gateway.url.origin, adminToken };
  const files = await readPolicyFiles(folder);
  await publishPolicies({ ...files, cedarText: `${files.cedarText}\n${policies}` }, remote, publisher);
  published = true;
  return { url: gateway.url.origin, remote, stop: gateway.stop };
}

/** An access token of Acme's identity provider for alice, bound to a key where one is given. */
export async function signIn(idp: PrivateKey, txn: string, claims: Record<string, unknown>): Promise<string> {
  return new SignJWT({ sub: "alice", txn, tctx: { purpose: "customer-support/refund" }, ...claims })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: "idp-1" })
    .setIssuer("https://idp.acme.example")
    .setIssuedAt()
    .setExpirationTime("1h")
    .setJti(crypto.randomUUID())
    .sign(await importJWK(idp, "EdDSA"));
}

/** Registers a workload: the key belongs to its name. */
export async function registerWorkload(remote: Remote, name: string, key: PublicKey): Promise<void> {
  await sendAdmin(remote, "PUT", `registry/${encodeURIComponent(name)}`, {
    name,
    keys: [publicPart(key)],
    owner: "examples",
    purpose: "examples",
  });
}

export interface ExampleClient {
  readonly client_id: string;
  readonly actor: string;
  readonly secret: string;
  readonly [field: string]: unknown;
}

/** Registers a client that authenticates by a secret. */
export async function registerClient(remote: Remote, { secret, ...client }: ExampleClient): Promise<void> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
  await sendAdmin(remote, "PUT", `clients/${client.client_id}`, {
    auth_method: "client_secret_basic",
    secret_hashes: [Buffer.from(hash).toString("base64url")],
    owner: "examples",
    purpose: "examples",
    ...client,
  });
}

/** The ledger of a task, one line for each request, once it has so many. */
export async function tellLedger(remote: Remote, txn: string, atLeast: number): Promise<string[]> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await askAdmin(remote, `audit/${txn}`).catch(() => undefined);
    const { entries } = ((await answer?.json()) ?? { entries: [] }) as { entries: readonly LedgerEntry[] };
    // Tokens that were issued have entries, too.
    const told = tellEntries(entries).filter(({ record }) => "outcome" in record && "request" in record);
    if (told.length >= atLeast) return told.map(({ record }) => line(record as AuditRecord));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the ledger of ${txn} never had ${atLeast} entries`);
}

function line({ outcome, rule, request, chain }: AuditRecord): string {
  const through = chain?.actors.map(actorText).join(" -> ");
  return `${outcome}  ${askedFor(request)}${rule === undefined ? "" : ` (${rule})`}  for ${chain && partyId(chain.subject)} through ${through}`;
}
