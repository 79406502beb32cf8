/** The endpoints of the authorization server, and its metadata. */
import { type Context, Hono } from "hono";
import type { Config } from "../config.ts";
import { originOf } from "../http/origins.ts";
import { bootstrapEndpoint } from "./actor-chain/bootstrap.ts";
import { answer } from "./answer.ts";
import { OauthError } from "./errors.ts";
import { introspectEndpoint } from "./introspect.ts";
import { RESOURCE_METADATA, resourceMetadata, serverMetadata } from "./metadata.ts";
import { registerEndpoint } from "./registrations/register.ts";
import { endTaskEndpoint, revokeEndpoint } from "./revoke.ts";
import type { Service } from "./service.ts";
import { createStatusListEndpoint, listUri } from "./status-list.ts";
import { tokenEndpoint } from "./token.ts";

/** For what changes only with a deployment, and may be cached. */
const KEPT = { "cache-control": "public, max-age=300" } as const;

type ServiceOf = (c: Context) => Promise<Service | undefined>;
type Endpoint = (request: Request, service: Service, c: Context) => Promise<Response>;

/** @param serviceOf what serves a request; undefined if the gateway has no key to sign with */
export function oauthApp(config: Config, serviceOf: ServiceOf): Hono {
  const endpoint = (serve: Endpoint) => async (c: Context) => {
    const service = await serviceOf(c);
    if (service === undefined) return answer(new OauthError("temporarily_unavailable", "no signing key"), c.req.raw);
    return serve(c.req.raw, service, c);
  };
  const statusListEndpoint = createStatusListEndpoint();
  const app = new Hono();

  app.get("/.well-known/oauth-authorization-server", (c) =>
    c.json(
      serverMetadata(config, originOf(new URL(c.req.url), config.gateway.origins) ?? config.gateway.origins[0]),
      200,
      KEPT,
    ),
  );
  for (const path of [RESOURCE_METADATA, `${RESOURCE_METADATA}/*`]) {
    app.get(path, (c) => {
      const url = new URL(c.req.url);
      const origin = originOf(url, config.gateway.origins);
      const metadata = origin && resourceMetadata(origin, url.pathname.slice(RESOURCE_METADATA.length), config);
      return metadata ? c.json(metadata, 200, KEPT) : c.json({ error: "not_found" }, 404);
    });
  }
  app.all("/oauth/token", endpoint(tokenEndpoint));
  app.all("/oauth/register", endpoint(registerEndpoint));
  app.all("/oauth/revoke", endpoint(revokeEndpoint));
  app.all("/oauth/introspect", endpoint(introspectEndpoint));
  app.all("/oauth/actor-chain/bootstrap", endpoint(bootstrapEndpoint));
  app.all(
    "/oauth/tasks/:txn/end",
    endpoint((request, service, c) => endTaskEndpoint(request, c.req.param("txn") as string, service)),
  );
  app.get(
    "/oauth/status",
    endpoint(async (_, service) => {
      const lists = service.ledger.shards.map((shard) => listUri(shard, service));
      return Response.json({ status_lists: lists }, { headers: KEPT });
    }),
  );
  app.get(
    "/oauth/status/:shard",
    endpoint((request, service, c) =>
      statusListEndpoint(c.req.param("shard") as string, service).catch((error: unknown) => answer(error, request)),
    ),
  );
  return app;
}
