/** A small OpenID provider for the tests: one person, who is always signed in. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

export interface OpenIdProvider {
  /** Groups of the person from now on. */
  groups: string[];
  /** True: ID tokens are signed by a key that nobody knows. */
  forging: boolean;
  /** True: it answers 502 to everything. */
  down: boolean;
  serve(issuer: string, request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export async function createOpenIdProvider(): Promise<OpenIdProvider> {
  const [{ privateKey, publicKey }, other] = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
  const jwk = { ...(await exportJWK(publicKey)), kid: "op", alg: "ES256", use: "sig" };
  const codes = new Map<string, { nonce: string; challenge: string }>();
  const json = (response: ServerResponse, body: object): void =>
    void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));

  const provider: OpenIdProvider = {
    groups: ["security"],
    forging: false,
    down: false,
    async serve(issuer, request, response) {
      if (provider.down) return void response.writeHead(502).end("down");
      const url = new URL(request.url ?? "/", issuer);
      const path = url.pathname.replace(/^.*\/op\//, "");
      if (path === ".well-known/openid-configuration") {
        return json(response, {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/keys`,
          response_types_supported: ["code"],
          id_token_signing_alg_values_supported: ["ES256"],
        });
      }
      if (path === "keys") return json(response, { keys: [jwk] });
      if (path === "authorize") {
        const { redirect_uri, state, nonce, code_challenge } = Object.fromEntries(url.searchParams);
        const code = crypto.randomUUID();
        codes.set(code, { nonce: nonce as string, challenge: code_challenge as string });
        const back = new URL(redirect_uri as string);
        back.search = new URLSearchParams({ code, state: state as string }).toString();
        return void response.writeHead(302, { location: back.href }).end();
      }
      const form = new URLSearchParams(await text(request));
      const known = codes.get(form.get("code") ?? "");
      codes.delete(form.get("code") ?? "");
      const verifier = new TextEncoder().encode(form.get("code_verifier") ?? "");
      const digest = Buffer.from(await crypto.subtle.digest("SHA-256", verifier)).toString("base64url");
      if (known === undefined || known.challenge !== digest || form.get("client_secret") !== "console-secret")
        return void response.writeHead(400, { "content-type": "application/json" }).end('{"error":"invalid_grant"}');
      const idToken = await new SignJWT({ nonce: known.nonce, name: "Olga Auditor", groups: provider.groups })
        .setProtectedHeader({ alg: "ES256", kid: "op" })
        .setIssuer(issuer)
        .setSubject("olga")
        .setAudience("hopgate-console")
        .setIssuedAt()
        .setExpirationTime("5m")
        .sign(provider.forging ? other.privateKey : privateKey);
      return json(response, { access_token: "at", token_type: "Bearer", id_token: idToken });
    },
  };
  return provider;
}
