/** The endpoints of `/admin`, for holders of the admin token. */
import { type Context, Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import type { EventReceiver } from "../config.ts";
import type { Console } from "../console/edges.ts";
import type { BodyTime } from "../content.ts";
import { verificationCore } from "../core.ts";
import type { Env } from "../env.ts";
import type { Ledgers } from "../ledger/ledgers.ts";
import { limitBody } from "../limit-body.ts";
import type { ClientRegistry } from "../oauth/client-registry.ts";
import type { ClientStore } from "../oauth/clients.ts";
import { MAX_DOCUMENT_BYTES } from "../policy/format.ts";
import type { KnownNames } from "../revocation/known.ts";
import { isSameSecret } from "../trust/same-secret.ts";
import { auditAdmin, type SignerOf } from "./audit.ts";
import { clientAdmin } from "./clients.ts";
import { consoleAdmin } from "./console.ts";
import { type PolicyAdmin, policyAdmin } from "./policies.ts";
import { receiverAdmin } from "./receivers.ts";
import { type NameChanged, registryAdmin, type WorkloadOf } from "./registry.ts";
import { type Reopen, type Revoke, revocationAdmin } from "./revocations.ts";
import { evidenceAdmin, workloadAdmin } from "./workloads.ts";

/** Bytes of a client, a release, a revocation. */
const MAX_BODY = 262_144;
/** A policy set and its source, both as JSON strings, in which quotes take two bytes. */
const MAX_SET_BODY = 4 * MAX_DOCUMENT_BYTES;

type AdminContext = Context<{ Bindings: Env }>;

export const adminOnly = bearerAuth<{ Bindings: Env }>({ verifyToken: isAdminToken });

/** For endpoints that others may call too, with a shorter answer. */
export function holdsAdminToken(c: AdminContext): boolean {
  const token = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  return token !== undefined && isAdminToken(token, c);
}

function isAdminToken(token: string, c: AdminContext): boolean {
  return isSameSecret(token, c.env.ADMIN_TOKEN, verificationCore().sha256);
}

export interface AdminEdges {
  /** The gateway's id: the issuer of what it signs. */
  readonly gateway: string;
  readonly bodyTime: BodyTime;
  ledgerOf(env: Env): Ledgers;
  readonly knownNames: (c: AdminContext) => KnownNames;
  readonly signerOf: SignerOf;
  readonly policies: PolicyAdmin;
  readonly clients: ClientStore;
  readonly clientsOf: (env: Env) => ClientRegistry;
  readonly revoke: Revoke;
  readonly reopen: Reopen;
  readonly nameChanged: NameChanged;
  readonly workloadOf: WorkloadOf;
  readonly receivers: readonly EventReceiver[];
  /** `console.review_days` */
  readonly reviewDays: number | undefined;
  consoleOf(c: Context<{ Bindings: Env }>): Console;
}

export function adminApp({
  gateway,
  ledgerOf,
  bodyTime,
  knownNames,
  signerOf,
  policies,
  clients,
  clientsOf,
  revoke,
  reopen,
  nameChanged,
  workloadOf,
  receivers,
  reviewDays,
  consoleOf,
}: AdminEdges): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  app.use("*", adminOnly);
  const [setLimit, limit] = [limitBody(MAX_SET_BODY, bodyTime), limitBody(MAX_BODY, bodyTime)];
  app.use("*", (c, next) => (c.req.path.startsWith("/admin/policies/sets/") ? setLimit : limit)(c, next));
  app.route("/", auditAdmin(gateway, ledgerOf, signerOf));
  app.route("/clients", clientAdmin(clientsOf, clients, nameChanged));
  app.route("/revocations", revocationAdmin(revoke, reopen, knownNames));
  app.route("/workloads", workloadAdmin(gateway, ledgerOf));
  app.route("/receivers", receiverAdmin(receivers));
  app.route("/evidence", evidenceAdmin(consoleOf));
  app.route("/registry", registryAdmin(workloadOf, nameChanged, reviewDays));
  app.route("/console", consoleAdmin(consoleOf));
  app.route("/policies", policyAdmin(policies));
  return app;
}
