/**
 * Replacements for token endpoints of vendors and clouds: like the real ones, each verifies by the sender's published
 * keys.
 */
import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, type JWK, type JWTPayload, jwtVerify } from "jose";
import { listen } from "./listen.ts";

export interface TokenVendor {
  readonly url: string;
  /** Where the gateway is; known once it runs. */
  gateway: string;
  /** How often each endpoint gave something. */
  readonly gave: Map<string, number>;
  /** Everything secret that it gave or was sent. */
  readonly secrets: Set<string>;
  /** Claims of the last assertion of each endpoint. */
  readonly told: Map<string, JWTPayload>;
  /** Its API takes no token that was given until now. */
  endTokens(): void;
  stop(): Promise<void>;
}

const AWS = { region: "eu-west-1", service: "execute-api", role: "arn:aws:iam::123456789012:role/hopgate" } as const;

/** @param clientKey by which the gateway's client signs @param id of the gateway, as `iss` of what it says of people */
export async function startTokenVendor(clientKey: JWK, id: string): Promise<TokenVendor> {
  const clientKeys = createLocalJWKSet({ keys: [clientKey] });
  const good = new Map<string, string>();
  const used = new Set<string>();
  const keys = new Map<string, { secret: string; session: string }>();
  const server = createServer((request, response) => {
    void serve(request, response).catch((error: unknown) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: "invalid_grant", error_description: String(error) }));
    });
  });
  const { url, stop } = await listen(server);
  const vendor: TokenVendor = {
    url,
    gateway: "",
    gave: new Map(),
    secrets: new Set(),
    told: new Map(),
    endTokens: () => good.clear(),
    stop,
  };

  function give(endpoint: string, whom: string): string {
    const count = (vendor.gave.get(endpoint) ?? 0) + 1;
    vendor.gave.set(endpoint, count);
    const token = `${endpoint}-token-${count}-${crypto.randomUUID()}`;
    good.set(token, whom);
    vendor.secrets.add(token);
    return token;
  }

  function once(endpoint: string, token: string, claims: JWTPayload): void {
    if (claims.jti === undefined || used.has(claims.jti))
      throw new Error("the assertion has no jti, or was used before");
    used.add(claims.jti);
    vendor.secrets.add(token);
    vendor.told.set(endpoint, claims);
  }

  /** RFC 7523, section 3: by the client's key, for this server alone. */
  async function checkClient(form: URLSearchParams): Promise<void> {
    const assertion = form.get("client_assertion") ?? "";
    const options = { issuer: "hopgate", subject: "hopgate", audience: url, requiredClaims: ["exp", "jti"] };
    const { payload } = await jwtVerify(assertion, clientKeys, options);
    once("client", assertion, payload);
  }

  /** By the keys that the gateway publishes for its tokens. */
  async function checkSubject(endpoint: string, assertion: string): Promise<string> {
    const jwks = createRemoteJWKSet(new URL(`${vendor.gateway}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(assertion, jwks, { issuer: id, audience: url, requiredClaims: ["exp", "sub"] });
    once(endpoint, assertion, payload);
    return payload.sub as string;
  }

  /** As clouds do: discovery at the issuer, and the keys that it names; RS256 alone. */
  async function checkWorkload(endpoint: string, token: string, audience: string): Promise<string> {
    const issuer = decodeJwt(token).iss as string;
    if (issuer !== `${vendor.gateway}/federation`) throw new Error("another issuer");
    const found = await fetch(`${issuer}/.well-known/openid-configuration`);
    const { issuer: own, jwks_uri: at } = (await found.json()) as Record<string, string>;
    if (own !== issuer) throw new Error("the metadata is another issuer's");
    const jwks = createRemoteJWKSet(new URL(at as string));
    const { payload } = await jwtVerify(token, jwks, { issuer, audience, algorithms: ["RS256"] });
    once(endpoint, token, payload);
    return payload.sub as string;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    const body = await text(request);
    const form = new URLSearchParams(body);
    const json = (answer: object): void =>
      void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    const token = (access: string, more = {}): void =>
      json({ access_token: access, token_type: "Bearer", expires_in: 600, ...more });
    if (path === "/token") {
      await checkClient(form);
      return token(give("client", "hopgate"));
    }
    if (path === "/exchange" || path === "/assertion") {
      const endpoint = path.slice(1);
      if (endpoint === "exchange") await checkClient(form);
      const isExchange = form.get("grant_type") === "urn:ietf:params:oauth:grant-type:token-exchange";
      if (isExchange !== (endpoint === "exchange")) throw new Error("another grant");
      const whom = await checkSubject(endpoint, form.get(isExchange ? "subject_token" : "assertion") ?? "");
      const type = isExchange ? { issued_token_type: "urn:ietf:params:oauth:token-type:access_token" } : {};
      return token(give(endpoint, whom), type);
    }
    if (path === "/google/sts") {
      const whom = await checkWorkload("google", form.get("subject_token") ?? "", form.get("audience") ?? "");
      return token(give("google-sts", whom), { issued_token_type: "urn:ietf:params:oauth:token-type:access_token" });
    }
    if (path.startsWith("/google/iam/v1/projects/-/serviceAccounts/")) {
      const federated = (request.headers.authorization ?? "").slice("Bearer ".length);
      if (good.get(federated) === undefined) return void response.writeHead(401).end();
      const accessToken = give("google", "robot@project.example");
      return json({ accessToken, expireTime: new Date(Date.now() + 600_000).toISOString() });
    }
    if (path === "/tenant-1/oauth2/v2.0/token") {
      await checkWorkload("azure", form.get("client_assertion") ?? "", "api://AzureADTokenExchange");
      if (form.get("client_id") !== "app-1") throw new Error("another client");
      return token(give("azure", "app-1"));
    }
    if (path === "/sts") {
      if (form.get("Action") !== "AssumeRoleWithWebIdentity" || form.get("RoleArn") !== AWS.role) throw new Error("no");
      const whom = await checkWorkload("aws", form.get("WebIdentityToken") ?? "", "sts.amazonaws.com");
      const [id, secret] = [`ASIA${crypto.randomUUID()}`, give("aws", whom)];
      const session = `session/${crypto.randomUUID()}+${"=".repeat(300)}`;
      keys.set(id, { secret, session });
      vendor.secrets.add(session);
      const Credentials = {
        AccessKeyId: id,
        SecretAccessKey: secret,
        SessionToken: session,
        Expiration: Date.now() / 1000 + 600,
      };
      const AssumeRoleWithWebIdentityResult = { Credentials };
      return json({ AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult } });
    }
    const whom = path.startsWith("/aws/") ? signedBy(request, body) : bearerOf(request);
    const challenge = path.startsWith("/aws/") ? {} : { "www-authenticate": 'Bearer realm="v", error="invalid_token"' };
    if (whom === undefined)
      return void response.writeHead(401, { "content-type": "text/plain", ...challenge }).end("who?");
    json({ whom, echo: request.headers, body });
  }

  function bearerOf({ headers }: IncomingMessage): string | undefined {
    return good.get((headers.authorization ?? "").slice("Bearer ".length));
  }

  /** Signature Version 4, worked out here from AWS's description of it, over the headers that the request names. */
  function signedBy({ method, url: target = "", headers }: IncomingMessage, body: string): string | undefined {
    const pattern =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]+)$/;
    const [, id = "", day = "", region, service, names = "", signature] =
      pattern.exec(headers.authorization ?? "") ?? [];
    const key = keys.get(id);
    if (key === undefined || region !== AWS.region || service !== AWS.service) return undefined;
    if (headers["x-amz-security-token"] !== key.session || !names.includes("x-amz-security-token")) return undefined;
    const hash = (value: string): string => createHash("sha256").update(value).digest("hex");
    const { pathname, searchParams } = new URL(target, "http://vendor");
    const query = [...searchParams].map((pair) => pair.map(encodeURIComponent).join("=")).sort();
    const canonical = [
      method,
      pathname.split("/").map(encodeURIComponent).join("/"),
      query.join("&"),
      ...names.split(";").map((name) => `${name}:${headers[name]}`),
      "",
      names,
      hash(body),
    ].join("\n");
    const scope = `${day}/${region}/${service}/aws4_request`;
    const signing = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hash(canonical)].join("\n");
    const mac = (by: string | Buffer, value: string): Buffer => createHmac("sha256", by).update(value).digest();
    const secret = [day, region, service, "aws4_request"].reduce<string | Buffer>(mac, `AWS4${key.secret}`);
    return mac(secret, signing).toString("hex") === signature ? good.get(key.secret) : undefined;
  }

  return vendor;
}
