/**
 * Sign-in of people by OpenID Connect, at the console and for OAuth clients alike: authorization code with PKCE, state, nonce, and
 * the ID token's signature checked. What the provider issues stays here.
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
   * Ends a sign-in that was begun, in one step.
   *
   * @param expires seconds since the epoch
   * @returns false where it was ended before
   */
  spendSignIn(state: string, expires: number): Promise<boolean>;
}

/** The gateway as a client of the identity provider. */
export interface OpenId {
  readonly oidc: Oidc;
  readonly provider: Provider;
}

export interface BeginOptions {
  /** Where the browser comes back to. */
  readonly callback: string;
  /** Path and query to go on to after that. */
  readonly to?: string;
  /** What else the provider is asked for, such as `max_age`. */
  readonly more?: Readonly<Record<string, string>>;
}

/** Where to send the browser, and what it must come back with. */
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
 * What the provider says of the person. A sign-in comes back once.
 *
 * @param address of the request that came back
 * @throws SignInRefused where the answer does not belong to the sign-in, or the ID token is not good
 */
export async function endSignIn(
  openId: OpenId,
  address: URL,
  signIn: SignIn,
  edges: SignInEdges,
): Promise<oauth.IDToken> {
  // The browser's cookie can be copied: with a copy, anyone could make the gateway ask the provider again and again.
  if (!(await edges.spendSignIn(signIn.state, signIn.expires))) throw new SignInRefused("the sign-in came back before");
  return redeem(openId, address, signIn, edges).catch((cause: unknown) => {
    throw isRefusal(cause) ? new SignInRefused("the sign-in did not succeed", { cause }) : cause;
  });
}

/** Answers that are none: the provider is down, or not an OpenID provider. */
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
