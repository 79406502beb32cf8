/**
 * Sign-in of people by OpenID Connect, at the console and for OAuth clients: authorization code with PKCE, state,
 * nonce, and the ID token's signature checked. The provider's tokens are never passed on.
 */
import * as oauth from "oauth4webapi";
import type { Config } from "../config.ts";
import { optionsOf, type Provider, type ProviderEdges } from "../trust/provider.ts";
import { SIGN_IN_SECONDS, type SignIn, SignInRefused } from "./sign-in-state.ts";

export type Oidc = NonNullable<Config["console"]["oidc"]>;

export interface SignInEdges extends ProviderEdges {
  /** Secret of the gateway as a client of the identity provider. */
  readonly clientSecret: string | undefined;
  /**
   * Ends a sign-in in progress, in one step.
   *
   * @param expires seconds since the epoch
   * @returns false if it was ended before
   */
  spendSignIn(state: string, expires: number): Promise<boolean>;
}

/** The gateway as a client of the identity provider. */
export interface OpenId {
  readonly oidc: Oidc;
  readonly provider: Provider;
}

export interface BeginOptions {
  /** Address that the browser returns to. */
  readonly callback: string;
  /** Path and query to continue with. */
  readonly to?: string;
  /** Further parameters for the provider, such as `max_age`. */
  readonly more?: Readonly<Record<string, string>>;
}

/** The URL to send the browser to, and the state that it must return with. */
export async function beginSignIn(
  { oidc, provider }: OpenId,
  { callback, to, more }: BeginOptions,
  edges: ProviderEdges,
): Promise<{ readonly url: URL; readonly signIn: SignIn }> {
  const server = await provider.metadata(edges);
  const signIn: SignIn = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    expires: Math.floor(edges.now() / 1000) + SIGN_IN_SECONDS,
    ...(to !== undefined && { to }),
  };
  const url = new URL(server.authorization_endpoint as string);
  const parameters = {
    ...more,
    client_id: oidc.client_id,
    redirect_uri: callback,
    response_type: "code",
    scope: oidc.scope,
    code_challenge: await oauth.calculatePKCECodeChallenge(signIn.verifier),
    code_challenge_method: "S256",
    state: signIn.state,
    nonce: signIn.nonce,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url, signIn };
}

/**
 * The provider's claims about the person. A sign-in can return once.
 *
 * @param address the URL of the returning request
 * @throws SignInRefused if the answer does not belong to the sign-in, or the ID token is not valid
 */
export async function endSignIn(
  openId: OpenId,
  address: URL,
  signIn: SignIn,
  edges: SignInEdges,
): Promise<oauth.IDToken> {
  // With a copy of the cookie, anyone could make the gateway call the provider repeatedly.
  if (!(await edges.spendSignIn(signIn.state, signIn.expires))) throw new SignInRefused("the sign-in was already used");
  return redeem(openId, address, signIn, edges).catch((cause: unknown) => {
    throw isRefusal(cause) ? new SignInRefused("the sign-in did not succeed", { cause }) : cause;
  });
}

/** Not an OpenID answer: the provider is down, or something else. */
const NO_ANSWER: readonly unknown[] = [oauth.RESPONSE_IS_NOT_CONFORM, oauth.RESPONSE_IS_NOT_JSON, oauth.PARSE_ERROR];

function isRefusal(cause: unknown): boolean {
  if (cause instanceof oauth.OperationProcessingError) return !NO_ANSWER.includes(cause.code);
  return [oauth.AuthorizationResponseError, oauth.ResponseBodyError].some((type) => cause instanceof type);
}

async function redeem(
  { oidc, provider }: OpenId,
  address: URL,
  { state, nonce, verifier }: SignIn,
  edges: SignInEdges,
): Promise<oauth.IDToken> {
  const server = await provider.metadata(edges);
  const client = { client_id: oidc.client_id };
  const parameters = oauth.validateAuthResponse(server, client, address, state);
  const authentication = edges.clientSecret === undefined ? oauth.None() : oauth.ClientSecretPost(edges.clientSecret);
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication,
    parameters,
    address.origin + address.pathname,
    verifier,
    optionsOf(oidc.issuer, edges),
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(server, answer, optionsOf(oidc.issuer, edges));
  return oauth.getValidatedIdTokenClaims(tokens) as oauth.IDToken;
}
