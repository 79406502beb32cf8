/**
 * An OpenID provider to sign in at: `oidc-provider`, with one app, and one person who is always signed in.
 * `npm run example -- openid-provider`
 */
import type { Server } from "node:http";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import Provider, { type Configuration } from "oidc-provider";

const SCOPES = ["orders:read", "orders:write"];

/** @param gateway the gateway's id: what access tokens are for */
export async function startOpenIdProvider(port: number, gateway: string): Promise<Server> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const key = await exportJWK(privateKey);
  // New at each start, so that the gateway, which keeps the keys for a while, fetches them again.
  const kid = await calculateJwkThumbprint(key);
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [
      {
        client_id: "my-app",
        application_type: "native",
        token_endpoint_auth_method: "none",
        redirect_uris: ["http://127.0.0.1/callback"],
        grant_types: ["authorization_code"],
        response_types: ["code"],
        id_token_signed_response_alg: "ES256",
      },
    ],
    jwks: { keys: [{ ...key, use: "sig", alg: "ES256", kid }] },
    cookies: { keys: [crypto.randomUUID()] },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    features: {
      devInteractions: { enabled: false },
      // Access tokens are bound to the app's key.
      dPoP: { enabled: true },
      // They are JWTs (RFC 9068) for the gateway.
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => {
          if (resource !== gateway) throw new Error(`there is no ${resource}`);
          return {
            scope: SCOPES.join(" "),
            audience: gateway,
            accessTokenFormat: "jwt",
            accessTokenTTL: 3600,
            jwt: { sign: { alg: "ES256" } },
          };
        },
      },
    },
    interactions: { url: (_, { uid }) => `/sign-in/${uid}` },
    // The person agrees to everything the app asks for.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client?.clientId, accountId: oidc.session?.accountId });
      grant.addResourceScope(gateway, SCOPES.join(" "));
      await grant.save();
      return grant;
    },
  } satisfies Configuration);
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith("/sign-in/")) return next();
    await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: "alice" }, consent: {} });
    ctx.respond = false;
  });
  const server = provider.listen(port, "127.0.0.1");
  await new Promise((ready, failed) => server.once("listening", ready).once("error", failed));
  return server;
}
