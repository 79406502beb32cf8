/**
 * A vendor with people's accounts: `oidc-provider` with single-use refresh tokens, and an API that verifies its tokens.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import Provider from "oidc-provider";
import { listen } from "./listen.ts";

export interface AccountVendor {
  readonly url: string;
  /** Whose account is connected next. */
  account: string;
  /** True: its token endpoint answers 503. */
  down: boolean;
  /** Grants of its token endpoint that succeeded, by type. */
  readonly granted: Map<string, number>;
  /** Tokens that it gave, of any kind. */
  readonly given: Set<string>;
  /** Grants that it was told to end (RFC 7009). */
  revoked: number;
  /** `WWW-Authenticate` of its API, when it refuses a token. */
  challenge: string | undefined;
  /** The API takes no access token that was given until now. */
  endTokens(): void;
  /** Ends everything that one account has granted. */
  endAccount(account: string): Promise<void>;
  stop(): Promise<void>;
}

/** As RFC 6750, section 3.1, says that a token is over. */
export const OVER = 'Bearer realm="crm", error="invalid_token"';

export const VENDOR_CLIENT = { id: "hopgate-at-vendor", secret: "vendor client+secret/of hopgate" } as const;

/** @param redirectUris of the gateway */
export async function startAccountVendor(redirectUris: readonly string[]): Promise<AccountVendor> {
  const handler = { serve: (_: IncomingMessage, response: ServerResponse): void => void response.writeHead(503).end() };
  const server = createServer((request, response) => handler.serve(request, response));
  const { url, stop } = await listen(server);
  const grants = new Map<string, string[]>();
  const ended = new Set<string>();
  const provider = new Provider(url, {
    clients: [
      {
        client_id: VENDOR_CLIENT.id,
        client_secret: VENDOR_CLIENT.secret,
        redirect_uris: [...redirectUris],
        response_types: ["code"],
        grant_types: ["authorization_code", "refresh_token"],
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    cookies: { keys: ["tests"] },
    scopes: ["openid", "offline_access", "crm"],
    issueRefreshToken: () => Promise.resolve(true),
    rotateRefreshToken: true,
    ttl: { AccessToken: 600, RefreshToken: 3600, AuthorizationCode: 60, Grant: 3600, Interaction: 600, Session: 3600 },
    features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
    findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: () => ({ sub }) }),
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  });
  const vendor: AccountVendor = {
    url,
    account: "alice-at-vendor",
    down: false,
    granted: new Map(),
    given: new Set(),
    revoked: 0,
    challenge: OVER,
    endTokens: () => {
      for (const token of vendor.given) ended.add(token);
    },
    endAccount: async (account) => {
      for (const id of grants.get(account) ?? []) await (await provider.Grant.find(id))?.destroy();
    },
    stop,
  };
  provider.on("grant.success", ({ oidc, body }) => {
    const type = String(oidc.params?.["grant_type"]);
    vendor.granted.set(type, (vendor.granted.get(type) ?? 0) + 1);
    const { access_token: access, refresh_token: refresh } = body as Record<string, string>;
    for (const token of [access, refresh]) if (token !== undefined) vendor.given.add(token);
  });
  provider.on("grant.revoked", () => {
    vendor.revoked += 1;
  });
  const callback = provider.callback();

  async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { prompt, params, grantId } = await provider.interactionDetails(request, response);
    const accountId = vendor.account;
    if (prompt.name === "login") return provider.interactionFinished(request, response, { login: { accountId } });
    const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const grant = known ?? new provider.Grant({ accountId, clientId: VENDOR_CLIENT.id });
    grant.addOIDCScope(String(params["scope"]));
    const saved = await grant.save();
    grants.set(accountId, [...(grants.get(accountId) ?? []), saved]);
    await provider.interactionFinished(
      request,
      response,
      { consent: { grantId: saved } },
      { mergeWithLastSubmission: true },
    );
  }

  /** What the API makes of a request: whose token it is, and the token itself, which it should not tell. */
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = (request.headers.authorization ?? "").replace(/^Bearer /, "");
    const found = ended.has(token) ? undefined : await provider.AccessToken.find(token);
    const body = await text(request);
    if (found === undefined) {
      const headers = {
        "content-type": "text/plain",
        ...(vendor.challenge !== undefined && { "www-authenticate": vendor.challenge }),
      };
      return void response.writeHead(401, headers).end("who?");
    }
    const told = {
      account: found.accountId,
      scope: found.scope,
      echo: [token, btoa(token), encodeURIComponent(token)],
    };
    const { id } = (body === "" ? {} : JSON.parse(body)) as { id?: unknown };
    const whole =
      id === undefined
        ? told
        : { jsonrpc: "2.0", id, result: { content: [{ type: "text", text: JSON.stringify(told) }] } };
    response.writeHead(200, { "content-type": "application/json", "x-token": token }).end(JSON.stringify(whole));
  }

  handler.serve = (request, response) => {
    const path = request.url ?? "";
    const serve = async (): Promise<void> => {
      if (path.startsWith("/api")) return answer(request, response);
      if (vendor.down && path.startsWith("/token")) return void response.writeHead(503).end("down");
      if (path.startsWith("/interaction/")) return interact(request, response);
      await callback(request, response);
    };
    void serve().catch((error: unknown) => response.writeHead(500).end(String(error)));
  };
  return vendor;
}
