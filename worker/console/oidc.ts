/** Sign-in by OpenID Connect: authorization code with PKCE, state, nonce, and the ID token's signature checked. */
import * as oauth from "oauth4webapi";
import * as v from "valibot";
import type { Console } from "./edges.ts";
import type { Member } from "./member.ts";
import { personOf } from "./person.ts";
import { makeSecret, SIGN_IN_SECONDS, takeSecret } from "./session.ts";

const SignIn = v.object({ nonce: v.string(), verifier: v.string() });

type Oidc = NonNullable<Console["config"]["console"]["oidc"]>;

function optionsOf({ issuer }: Oidc, edges: Console) {
  const insecure = new URL(issuer).protocol === "http:";
  // Configuration allows http on the loopback only.
  return {
    [oauth.customFetch]: (url: string, init: unknown) => edges.fetch(new Request(url, init as RequestInit)),
    [oauth.allowInsecureRequests]: insecure,
  };
}

async function discover(oidc: Oidc, edges: Console): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(oidc.issuer);
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, optionsOf(oidc, edges)));
}

/** Where to send the browser, and the `state` that it must come back with. */
export async function beginSignIn(
  oidc: Oidc,
  callback: string,
  edges: Console,
): Promise<{ readonly url: URL; readonly state: string }> {
  const server = await discover(oidc, edges);
  const [nonce, verifier] = [oauth.generateRandomNonce(), oauth.generateRandomCodeVerifier()];
  const state = await makeSecret("sign-in", { nonce, verifier }, SIGN_IN_SECONDS, edges);
  const url = new URL(server.authorization_endpoint as string);
  const parameters = {
    client_id: oidc.client_id,
    redirect_uri: callback,
    response_type: "code",
    scope: oidc.scope,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return { url, state };
}

/** The person, or what speaks for them, is not signed in: the cause says why. An outage is no refusal. */
export class SignInRefused extends Error {
  override readonly name = "SignInRefused";
}

/** @throws SignInRefused where the answer does not belong to the sign-in, or the ID token is not good */
export async function endSignIn(oidc: Oidc, address: URL, state: string, edges: Console): Promise<Member> {
  return redeem(oidc, address, state, edges).catch((cause: unknown) => {
    throw isRefusal(cause) ? new SignInRefused("the sign-in did not succeed", { cause }) : cause;
  });
}

/** Answers that are none: the provider is down, or not an OpenID provider. */
const NO_ANSWER: readonly unknown[] = [oauth.RESPONSE_IS_NOT_CONFORM, oauth.RESPONSE_IS_NOT_JSON, oauth.PARSE_ERROR];

function isRefusal(cause: unknown): boolean {
  if (cause instanceof oauth.OperationProcessingError) return !NO_ANSWER.includes(cause.code);
  return [v.ValiError, oauth.AuthorizationResponseError, oauth.ResponseBodyError].some((type) => cause instanceof type);
}

async function redeem(oidc: Oidc, address: URL, state: string, edges: Console): Promise<Member> {
  const { nonce, verifier } = v.parse(SignIn, await takeSecret("sign-in", state, edges));
  const server = await discover(oidc, edges);
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
