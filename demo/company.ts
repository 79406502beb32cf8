/** The people and workloads of the demo company, with their keys and the chains that they make. */
import { importJWK, SignJWT } from "jose";
import { type Remote, sendAdmin } from "../sdk/admin.ts";
import { delegate } from "../sdk/delegate.ts";
import { newKey, type PrivateKey, publicPart } from "../sdk/keys.ts";

export const NAMES = {
  idp: "https://idp.acme.example",
  gateway: "https://gateway.acme.example",
  orders: "https://orders.acme.example",
  payments: "https://payments.acme.example",
  person: "alice",
  app: "https://app.acme.example",
  agent: "spiffe://acme.example/agents/support",
  service: "spiffe://acme.example/services/refunds",
  nightly: "spiffe://acme.example/jobs/nightly",
  partner: "https://agents.partner.example/reader",
} as const;

type Holder = "idp" | "app" | "agent" | "service" | "nightly" | "partner";
export type Company = Readonly<Record<Holder, PrivateKey>>;

/** Workloads of the company and its partner. */
export const WORKLOADS = ["app", "agent", "service", "nightly", "partner"] as const;

/** Fresh keys for everyone. */
export async function foundCompany(): Promise<Company> {
  const holders: readonly Holder[] = ["idp", "app", "agent", "service", "nightly", "partner"];
  const keys = await Promise.all(holders.map(async (holder) => [holder, await newKey()] as const));
  return Object.fromEntries(keys) as Company;
}

/** Puts the company's workloads into the registry of a gateway, each with its key. */
export async function registerWorkloads(company: Company, remote: Remote): Promise<void> {
  for (const holder of WORKLOADS) {
    const workload = { name: NAMES[holder], keys: [publicPart(company[holder])], owner: "demo", purpose: "demo" };
    await sendAdmin(remote, "PUT", `registry/${encodeURIComponent(workload.name)}`, workload);
  }
}

export interface TaskOptions {
  readonly scopes?: readonly string[];
  readonly purpose?: string;
  readonly txn?: string;
  /** Seconds that the root lives; later hops live less. */
  readonly life?: number;
  /** More claims of hop 0. */
  readonly claims?: Record<string, unknown>;
}

const AUDIENCES = [NAMES.gateway, NAMES.orders, NAMES.payments];

/** Hop 0: the identity provider's access token for the person at the app, bound to the app's key by thumbprint. */
export async function rootToken(company: Company, options: TaskOptions = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    sub: NAMES.person,
    client_id: NAMES.app,
    scope: (options.scopes ?? ["orders:read", "refunds:write", "payouts:write"]).join(" "),
    cnf: { jkt: company.app.kid },
    txn: options.txn ?? `task-${crypto.randomUUID()}`,
    tctx: { purpose: options.purpose ?? "customer-support/refund" },
    ...options.claims,
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: company.idp.kid })
    .setIssuer(NAMES.idp)
    .setAudience([...AUDIENCES])
    .setIssuedAt(now)
    .setExpirationTime(now + (options.life ?? 3600))
    .setJti(crypto.randomUUID())
    .sign(await importJWK(company.idp, "EdDSA"));
}

/** Hops 0 and 1: the app lets the support agent act. */
export async function agentChain(company: Company, options: TaskOptions = {}): Promise<string> {
  return delegate(await rootToken(company, options), {
    key: company.app,
    to: NAMES.agent,
    toKey: company.agent,
    scopes: options.scopes ?? ["orders:read", "refunds:write"],
    ttl: (options.life ?? 3600) - 60,
  });
}

/** Hops 0 to 2: the support agent lets the refund service act. */
export async function serviceChain(company: Company, options: TaskOptions = {}): Promise<string> {
  return delegate(await agentChain(company, options), {
    key: company.agent,
    to: NAMES.service,
    toKey: company.service,
    audience: NAMES.gateway,
    scopes: options.scopes ?? ["orders:read", "refunds:write"],
    ttl: (options.life ?? 3600) - 120,
    maxHops: 1,
  });
}
