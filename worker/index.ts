/** The Worker: its own endpoints, then every route of the configuration. */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { adminApp, adminOnly, holdsAdminToken } from "./admin/app.ts";
import type { Notice } from "./approval/notices.ts";
import { authzenApp } from "./authzen/app.ts";
import { adminEdges } from "./compose/admin.ts";
import { config, federationKeys, fetchNow, matchRoute, now, signingKeys } from "./compose/isolate.ts";
import { signerNow } from "./compose/keys.ts";
import { roomsOf } from "./compose/rooms.ts";
import { consoleApp } from "./console/app.ts";
import { verificationCore } from "./core.ts";
import type { Env } from "./env.ts";
import { HopError } from "./errors.ts";
import { authorize } from "./gateway/authorize.ts";
import { failWith } from "./gateway/failure.ts";
import { serve } from "./gateway/pipeline.ts";
import { respond } from "./gateway/respond.ts";
import { answerPreflight, isPreflight, withCrossOrigin } from "./http/cors.ts";
import { objectionToHead } from "./http/head.ts";
import { pathAsSent } from "./http/path.ts";
import { limitInFlight } from "./in-flight.ts";
import { createFailureLog, logFailure } from "./log.ts";
import { oauthApp } from "./oauth/app.ts";
import { doorApp } from "./oauth/authorize/app.ts";
import { consume } from "./queues.ts";
import { receiveEvents } from "./revocation/receiver.ts";
import { failureOf, outcomeOf, type Rule } from "./rules.ts";
import { secretOf, streamOf } from "./stores.ts";
import { PROMETHEUS_TEXT } from "./telemetry/prometheus.ts";
import { continueTrace } from "./trace.ts";
import { transmitterApp } from "./transmitter/app.ts";
import { FEDERATION_PATH, federationKeySet, federationMetadata } from "./trust/federation.ts";
import { publicKeys } from "./trust/signing.ts";

export * from "./objects.ts";

/** Pages of any origin may call these paths, without cookies. */
function forAllOrigins(methods: readonly string[]): MiddlewareHandler {
  const allowed = { origins: ["*"], methods };
  return async (c, next) => {
    if (isPreflight(c.req.raw)) return answerPreflight(c.req.raw, allowed);
    await next();
    const answer = withCrossOrigin(c.res, c.req.raw, allowed);
    // Hono would merge the headers of the previous answer into this one.
    c.res = undefined;
    c.res = answer;
  };
}

/**
 * Seconds after which a request must have begun to answer: the limits for the caller's body and the upstream, and a
 * minute for the gateway.
 */
const LONGEST = 60 + config.gateway.body_timeout + Math.max(...config.routes.map(({ timeout }) => timeout));

const logRefused = createFailureLog("request_failed");
const logNotReady = createFailureLog("readiness_failed");

/** The answer to a request whose route is not known. */
function refuse(rule: Rule, c: Context): Response {
  const { status } = failureOf(rule);
  const id = crypto.randomUUID();
  const { method, headers } = c.req.raw;
  const trace = continueTrace(headers);
  roomsOf(c.env).measure({
    id,
    received: now(),
    outcome: outcomeOf(status),
    rule,
    status,
    route: undefined,
    method,
    trace,
  });
  if (status >= 500) logRefused({ decision: id, rule, status }, (rest) => c.executionCtx.waitUntil(rest));
  return respond(new HopError(rule), id, c.req.raw, {});
}

type AppContext = Context<{ Bindings: Env }>;
// The gateway's own paths match only exactly as written, because a proxy in front may compare them so. Only a parameter
// in a path is decoded, once, where it is read.
const app = new Hono<{ Bindings: Env }>({ getPath: ({ url }) => pathAsSent(url) || "/" });

/**
 * Probes, scrapers, proxies that ask and holders of the admin token may use any address of the machine, because nothing
 * there depends on the host name. The host of an original request is checked with that request.
 */
const UNDER_ANY_NAME = /^\/(healthz|readyz|metrics|(admin|authorize|access\/v1)(\/.*)?)$/;

app.use("*", async (c, next) => {
  const rule = objectionToHead(c.req.raw, config.gateway.origins);
  if (rule === undefined || (rule === "misdirected_request" && UNDER_ANY_NAME.test(c.req.path))) return next();
  return refuse(rule, c);
});

// Liveness, for process supervisors: answered under any load. /readyz says whether the gateway can serve.
app.get("/healthz", (c) => c.json({ status: "ok" }, 200, { "cache-control": "no-store" }));

// Public, without cookies: pages of any origin may read the gateway's metadata, and request tokens.
app.use("/.well-known/*", forAllOrigins(["GET"]));
for (const path of ["/oauth/token", "/oauth/register", "/oauth/revoke"]) app.use(path, forAllOrigins(["POST"]));

app.use(limitInFlight(config.gateway.max_in_flight, LONGEST, (c) => refuse("gateway_busy", c)));

app.get("/.well-known/jwks.json", (c) => {
  if (signingKeys === undefined) throw new HopError("signing_unavailable");
  return c.json(publicKeys(signingKeys), 200, { "cache-control": "public, max-age=300" });
});

// Clouds read these before they trust the gateway as a workload.
if (federationKeys !== undefined) {
  const [origin] = config.gateway.origins;
  const [metadata, keySet] = [federationMetadata(origin), federationKeySet(federationKeys)];
  const kept = { "cache-control": "public, max-age=300" };
  app.get(`${FEDERATION_PATH}/.well-known/openid-configuration`, (c) => c.json(metadata, 200, kept));
  app.get(`${FEDERATION_PATH}/jwks.json`, (c) => c.json(keySet, 200, kept));
}

app.route(
  "/",
  oauthApp(config, (c) => roomsOf(c.env as Env).service()),
);

// Proxies that forward themselves: they ask with any method, and Envoy appends the original path.
const authorizeNow = async (c: AppContext): Promise<Response> => authorize(c.req.raw, await roomsOf(c.env).gateway());
app.all("/authorize", authorizeNow);
app.all("/authorize/*", authorizeNow);

app.route(
  "/",
  authzenApp((c) => roomsOf(c.env as Env).gateway(), config.gateway.origins, config.authorizer.proxies),
);
if (config.oauth.sign_in !== undefined) {
  app.route(
    "/",
    doorApp(config.gateway, (c) => roomsOf(c.env as Env).door()),
  );
}

if (config.receivers.length > 0) {
  app.route(
    "/",
    transmitterApp(config, (c) => {
      const env = c.env as Env;
      return {
        stream: (receiver) => streamOf(env, receiver),
        secretOf: (name) => secretOf(env, name),
        sha256: verificationCore().sha256,
        signer: signerNow,
        now,
      };
    }),
  );
}

app.post("/events", (c) => receiveEvents(c.req.raw, roomsOf(c.env).receiver));

// Everyone learns whether the gateway is ready; the details are for its operators. The stores are asked at most once a
// second.
app.get("/readyz", async (c) => {
  const report = await roomsOf(c.env).readiness();
  const told = holdsAdminToken(c) ? report : { status: report.status };
  if (report.status === "ready") return c.json(told, 200, { "cache-control": "no-store" });
  logNotReady({ status: 503, about: { problems: report.problems } }, (rest) => c.executionCtx.waitUntil(rest));
  return c.json(told, 503, { "cache-control": "no-store" });
});

app.get("/metrics", adminOnly, async (c) => {
  try {
    return c.body(await roomsOf(c.env).metrics(), 200, { "content-type": PROMETHEUS_TEXT });
  } catch (error) {
    logFailure("metrics_failed", { status: 503 }, error);
    return c.text("the metrics cannot be read", 503);
  }
});

app.route("/admin", adminApp(adminEdges));

app.route(
  "/console",
  consoleApp((c) => roomsOf(c.env).console, config.gateway),
);

// Unexpected errors of the gateway's own endpoints; routes handle their own.
app.onError((error, c) => {
  if (error instanceof HTTPException) return error.getResponse();
  return failWith(error, { id: crypto.randomUUID() }, c.req.raw, {}).response;
});

app.all("*", async (c) => {
  const request = c.req.raw;
  const { hostname, pathname } = new URL(request.url);
  const route = matchRoute(hostname, pathname);
  const serveNow = async (): Promise<Response> => serve(request, await roomsOf(c.env).gateway());
  if (route === undefined || route.cors_origins.length === 0) return serveNow();
  const allowed = { origins: route.cors_origins, methods: Object.keys(route.methods) };
  return isPreflight(request) ? answerPreflight(request, allowed) : withCrossOrigin(await serveNow(), request, allowed);
});

export default {
  fetch: app.fetch,
  queue: (batch) =>
    consume(batch, {
      notify: config.notify?.url,
      signer: signerNow,
      fetch: fetchNow,
      now,
    }),
} satisfies ExportedHandler<Env, Notice>;
