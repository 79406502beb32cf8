/** Sign-in by OpenID Connect: authorization code with PKCE, state, nonce, and the ID token's signature checked. */
import * as oauth from "oauth4webapi";
import type { Console } from "./edges.ts";
import type { Member } from "./member.ts";
import { personOf } from "./person.ts";
import { type Oidc, optionsOf, type Provider } from "./provider.ts";
import { SIGN_IN_SECONDS } from "./session.ts";
import { type SignIn, SignInRefused } from "./sign-in-state.ts";

/** Where to send the browser, and what it must come back with. */
export async function beginSignIn(
  oidc: Oidc,
  provider: Provider,
  callback: string,
  edges: Console,
): Promise<{ readonly url: URL; readonly signIn: SignIn }> {
  const server = await provider.metadata(edges);
  const signIn: SignIn = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    expires: Math.floor(edges.now() / 1000) + SIGN_IN_SECONDS,
  };
  const url = new URL(server.authorization_endpoint as string);
  const parameters = {
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

/** @throws SignInRefused where the answer does not belong to the sign-in, or the ID token is not good */
export async function endSignIn(
  oidc: Oidc,
  provider: Provider,
  address: URL,
  signIn: SignIn,
  edges: Console,
): Promise<Member> {
  return redeem(oidc, provider, address, signIn, edges).catch((cause: unknown) => {
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
  oidc: Oidc,
  provider: Provider,
  address: URL,
  { state, nonce, verifier }: SignIn,
  edges: Console,
): Promise<Member> {
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
    optionsOf(oidc, edges),
  );
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(server, answer, optionsOf(oidc, edges));
  const claims = oauth.getValidatedIdTokenClaims(tokens) as oauth.IDToken;
  const groups = claims[oidc.groups_claim];
  return {
    ...personOf(claims, edges.config.issuers),
    ...(typeof claims["name"] === "string" && { name: claims["name"] }),
    groups: Array.isArray(groups)
      ? groups.filter((group): group is string => typeof group === "string" && group !== "")
      : [],
  };
}
