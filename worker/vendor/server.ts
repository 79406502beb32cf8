/**
 * A vendor's authorization server, at which the gateway is a client for people: codes, refresh tokens and revocation.
 */
import * as oauth from "oauth4webapi";
import type { Vendor } from "../config.ts";
import { createProvider, optionsOf, type ProviderEdges } from "../trust/provider.ts";
import { clientAuthentication } from "./client-authentication.ts";
import type { Tokens } from "./grant.ts";
import { untilOf } from "./kept.ts";

export interface VendorEdges extends ProviderEdges {
  /** A secret of the Worker. */
  secretOf(name: string): string | undefined;
}

/** The vendor refused the code or the refresh token. The cause says why. */
export class VendorRefused extends Error {
  override readonly name = "VendorRefused";
}

export interface Issued {
  readonly tokens: Tokens;
  readonly scope: readonly string[];
}

/** The URL that a browser is sent to, and the values that its return must match. */
export interface Asked {
  readonly url: URL;
  readonly state: string;
  /** Of PKCE (RFC 7636). */
  readonly verifier: string;
}

export interface VendorServer {
  ask(callback: string, edges: VendorEdges): Promise<Asked>;
  /**
   * Redeems the code of an answer. Rejects with `VendorRefused` if the answer is from another server (RFC 9207), for
   * another request, or has no valid code; with other errors if the vendor cannot be reached.
   *
   * @param address URL of the returning request, with path and origin of the callback
   */
  redeem(address: URL, asked: Omit<Asked, "url">, edges: VendorEdges): Promise<Issued>;
  /**
   * Rejects with `VendorRefused` if the token endpoint answers `invalid_grant`: the refresh token is no longer valid.
   */
  renew(refresh: string, edges: VendorEdges): Promise<Tokens>;
  /** Revokes a token (RFC 7009), if the vendor supports it. */
  giveBack(token: string, edges: VendorEdges): Promise<void>;
}

/** One for each isolate and vendor. */
export function createVendorServer(vendor: Vendor): VendorServer {
  const provider = createProvider(vendor);
  const client = { client_id: vendor.client_id };
  const options = (edges: VendorEdges) => optionsOf(vendor.issuer, edges);
  const serverNow = async (edges: VendorEdges): Promise<oauth.AuthorizationServer> =>
    endpointsOf(vendor) ?? (await provider.metadata(edges));

  return {
    async ask(callback, edges) {
      const server = await serverNow(edges);
      const [state, verifier] = [oauth.generateRandomState(), oauth.generateRandomCodeVerifier()];
      const url = new URL(server.authorization_endpoint as string);
      const parameters = {
        ...vendor.parameters,
        client_id: vendor.client_id,
        redirect_uri: callback,
        response_type: "code",
        ...(vendor.scope.length > 0 && { scope: vendor.scope.join(" ") }),
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        state,
      };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return { url, state, verifier };
    },

    async redeem(address, { state, verifier }, edges) {
      const server = await serverNow(edges);
      const parameters = answerOf(server, client, address, state);
      return refusing(CODE_NOT_GOOD, async () => {
        const answer = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          await authenticationOf(vendor, edges),
          parameters,
          address.origin + address.pathname,
          verifier,
          options(edges),
        );
        const issued = await oauth.processAuthorizationCodeResponse(server, client, answer);
        return { tokens: tokensOf(issued, edges), scope: issued.scope?.split(" ") ?? vendor.scope };
      });
    },

    async renew(refresh, edges) {
      const server = await serverNow(edges);
      return refusing(["invalid_grant"], async () => {
        const authentication = await authenticationOf(vendor, edges);
        const answer = await oauth.refreshTokenGrantRequest(server, client, authentication, refresh, options(edges));
        const issued = await oauth.processRefreshTokenResponse(server, client, answer);
        // A vendor without rotation sends none (RFC 6749, section 6).
        return { refresh, ...tokensOf(issued, edges) };
      });
    },

    async giveBack(token, edges) {
      const server = await serverNow(edges);
      if (server.revocation_endpoint === undefined) return;
      const authentication = await authenticationOf(vendor, edges);
      const answer = await oauth.revocationRequest(server, client, authentication, token, options(edges));
      await oauth.processRevocationResponse(answer);
    },
  };
}

/** The configuration's endpoints, instead of metadata. */
function endpointsOf(vendor: Vendor): oauth.AuthorizationServer | undefined {
  const { issuer, authorization_endpoint, token_endpoint, revocation_endpoint } = vendor;
  if (authorization_endpoint === undefined || token_endpoint === undefined) return undefined;
  return { issuer, authorization_endpoint, token_endpoint, ...(revocation_endpoint && { revocation_endpoint }) };
}

async function authenticationOf({ secret: name, auth }: Vendor, { secretOf }: VendorEdges): Promise<oauth.ClientAuth> {
  if (name === undefined) return clientAuthentication(auth, undefined);
  const secret = secretOf(name);
  if (secret === undefined || secret === "") throw new Error(`the secret ${name} is not set`);
  return clientAuthentication(auth, secret);
}

function tokensOf(issued: oauth.TokenEndpointResponse, { now }: VendorEdges): Tokens {
  const { access_token: access, refresh_token: refresh, expires_in: life, token_type: type } = issued;
  if (type !== "bearer") throw new Error("the vendor does not issue bearer tokens");
  return {
    access,
    ...(refresh !== undefined && { refresh }),
    ...(life !== undefined && { until: untilOf(life, now()) }),
  };
}

/**
 * Errors that mean that a code is not valid (RFC 6749, section 5.2); `invalid_client` is for the operator to correct.
 */
const CODE_NOT_GOOD: readonly string[] = ["invalid_grant", "access_denied", "invalid_scope", "invalid_target"];

/** @param errors of the token endpoint that mean that the code or token is not valid */
async function refusing<T>(errors: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof oauth.ResponseBodyError && errors.includes(cause.error))
      throw new VendorRefused("the vendor refuses the code or the token", { cause });
    throw cause;
  }
}

/** Checks that the browser's answer belongs to the request: by `state`, and by `iss` if the vendor supports it. */
function answerOf(
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  address: URL,
  state: string,
): URLSearchParams {
  try {
    return oauth.validateAuthResponse(server, client, address, state);
  } catch (cause) {
    throw new VendorRefused("the answer belongs to another request, or is an error", { cause });
  }
}
