/** The Worker: its own endpoints, then every route of the configuration. The only file that knows every room. */
import { env as startEnv } from "cloudflare:workers";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import * as v from "valibot";
import configText from "../dist/hopgate.toml";
import { readConfig } from "./config.ts";
import { verificationCore } from "./core.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { serve } from "./gateway/pipeline.ts";
import { REVOCABLE, revocationKey } from "./gateway/revocation.ts";
import { compileRoutes } from "./gateway/routes.ts";
import { createPolicyStore, type PolicyEdges } from "./policy/load.ts";
import { type AuditMessage, keepRecord } from "./state/audit.ts";
import type { Ledger } from "./state/ledger.ts";
import { createMetrics } from "./state/metrics.ts";
import { type Replay, replayShard } from "./state/replay.ts";
import { createSnapshot, REVOCATIONS_NAME, type Revocations } from "./state/revocations.ts";
import { createTrust } from "./trust/issuers.ts";
import { createSigner, publicKeys, readSigningKeys, type Signer } from "./trust/signing.ts";

export { Ledger } from "./state/ledger.ts";
export { Replay } from "./state/replay.ts";
export { Revocations } from "./state/revocations.ts";

export interface Env {
  readonly KV: KVNamespace;
  readonly LEDGER: DurableObjectNamespace<Ledger>;
  readonly REPLAY: DurableObjectNamespace<Replay>;
  readonly REVOCATIONS: DurableObjectNamespace<Revocations>;
  readonly AUDIT_QUEUE: Queue<AuditMessage>;
  /** Secret: JWK Set of private Ed25519 keys, the current one first. */
  readonly GATEWAY_KEYS?: string;
  /** Secret: opens /admin and /metrics. */
  readonly ADMIN_TOKEN?: string;
}

// A Worker with a broken configuration does not start: deploying it fails with the field's name.
const config = readConfig(configText);
const matchRoute = compileRoutes(config.routes);
const trustOf = createTrust(config.issuers);
const policyStore = createPolicyStore(config.gateway.policy_refresh);
const revokedInSnapshot = createSnapshot(config.gateway.revocation_refresh);
const metrics = createMetrics();
const signingKeys = readSigningKeys((startEnv as Env).GATEWAY_KEYS);
let signer: Promise<Signer> | undefined;

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
    trust: trustOf({ kv: env.KV, fetch: (request) => fetch(request), now, waitUntil }),
    signer: await signer,
    policies: () => policyStore.current(policyEdges(env, waitUntil)),
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

function policyEdges(env: Env, waitUntil: PolicyEdges["waitUntil"]): PolicyEdges {
  return { kv: env.KV, sha256: verificationCore().sha256, now, waitUntil };
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

app.get("/healthz", async (c) => {
  const gateway = await gatewayOf(c.env, c.executionCtx);
  const policies = await gateway.policies();
  const lost = metrics.total("hopgate_ledger_lost_total");
  const healthy = policies !== undefined && gateway.signer !== undefined && lost === 0;
  const report = {
    status: healthy ? "ok" : "failing",
    signing: gateway.signer === undefined ? "no key: set GATEWAY_KEYS" : gateway.signer.kid,
    policies: policies === undefined ? "none loaded: hopgate policy publish" : policies.hash,
    policies_confirmed: policies && new Date(policies.confirmed).toISOString(),
    ledger: { queued: metrics.total("hopgate_ledger_queued_total"), lost },
  };
  return c.json(report, healthy ? 200 : 503, { "cache-control": "no-store" });
});

const adminOnly = bearerAuth<{ Bindings: Env }>({
  verifyToken: (token, c) => {
    const expected = c.env.ADMIN_TOKEN ?? "";
    const [a, b] = [token, expected].map((text) => verificationCore().sha256(new TextEncoder().encode(text)));
    // Digests of equal length, compared in constant time; an empty secret opens nothing.
    return expected !== "" && crypto.subtle.timingSafeEqual(a as Uint8Array, b as Uint8Array);
  },
});
app.use("/admin/*", adminOnly);
app.use("/metrics", adminOnly);

app.get("/metrics", (c) => c.text(metrics.render()));

app.get("/admin/audit/:txn", async (c) => {
  const entries = await c.env.LEDGER.getByName(c.req.param("txn")).entries();
  return c.json({ txn: c.req.param("txn"), entries }, entries.length > 0 ? 200 : 404);
});

app.put("/admin/policies/:hash", async (c) => {
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  const edges = policyEdges(c.env, (work) => c.executionCtx.waitUntil(work));
  try {
    await policyStore.publish(bytes, c.req.param("hash"), edges);
  } catch (error) {
    return c.json({ error: "invalid_request", error_description: String(error) }, 400);
  }
  return c.json({ current: c.req.param("hash") });
});

const Revocation = v.strictObject({
  kind: v.picklist(REVOCABLE),
  values: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(2)),
  reason: v.optional(v.string(), ""),
});

app.post("/admin/revocations", async (c) => {
  const parsed = v.safeParse(Revocation, await c.req.json().catch(() => undefined));
  if (!parsed.success) {
    const problems = parsed.issues.map(({ message }) => message).join("; ");
    return c.json({ error: "invalid_request", error_description: problems }, 400);
  }
  const { kind, values, reason } = parsed.output;
  await c.env.REVOCATIONS.getByName(REVOCATIONS_NAME).revoke(revocationKey(kind, ...values), reason);
  return c.json({ revoked: { kind, values } });
});

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
