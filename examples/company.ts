/** A company's OpenID provider for tests and stories: `oidc-provider`, whose people sign in by their name, and stay signed in. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import Provider from "oidc-provider";

export interface Company {
  readonly issuer: string;
  /** Who signs in if nobody is signed in yet. */
  person: string;
  /** True: its token endpoint answers 503. */
  down: boolean;
  stop(): Promise<void>;
}

/** @param redirectUris of the gateway */
export async function startCompany(redirectUris: readonly string[], clientId = "hopgate-console"): Promise<Company> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  let server: Server | undefined;
  const handler: { serve: (...args: Parameters<Parameters<typeof createServer>[1] & object>) => void } = {
    serve: (_, response) => void response.writeHead(503).end(),
  };
  server = createServer((request, response) => handler.serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: "console-secret",
        redirect_uris: [...redirectUris],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        token_endpoint_auth_method: "client_secret_post",
        id_token_signed_response_alg: "ES256",
      },
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "ES256", use: "sig", kid: "company" }] },
    cookies: { keys: ["tests"] },
    claims: { openid: ["sub"], profile: ["name"], email: ["email"] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    findAccount: (_: unknown, sub: string) => ({
      accountId: sub,
      claims: () => ({ sub, name: sub.replace(/^./, (first) => first.toUpperCase()), email: `${sub}@acme.example` }),
    }),
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  });
  const company: Company = {
    issuer,
    person: "alice",
    down: false,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const callback = provider.callback();
  handler.serve = (request, response) => {
    if (company.down && request.url?.startsWith("/token")) return void response.writeHead(503).end("down");
    if (!request.url?.startsWith("/interaction/")) return void callback(request, response);
    void (async () => {
      // Signed in, and its own question answered, without a page: what is tested is the gateway's.
      const { prompt, params, grantId, session } = await provider.interactionDetails(request, response);
      const accountId = session?.accountId ?? company.person;
      const grant =
        grantId === undefined ? new provider.Grant({ accountId, clientId }) : await provider.Grant.find(grantId);
      grant?.addOIDCScope(String(params["scope"]));
      const result = prompt.name === "login" ? { login: { accountId } } : { consent: { grantId: await grant?.save() } };
      await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
    })().catch((error: unknown) => response.writeHead(500).end(String(error)));
  };
  return company;
}
