/** `hopgate sign-in`: gets a person's access token for the gateway, as an app on their machine does (RFC 8252). */

import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Command } from "commander";
import { importJWK } from "jose";
import * as oauth from "oauth4webapi";
import { algorithmOf, type HolderKey, publicPart } from "../../sdk/keys.ts";
import { isProtected } from "../../worker/config/fields.ts";
import { parseScope, readPrivateKey } from "../input.ts";

interface Options {
  readonly issuer: string;
  readonly client: string;
  readonly key: string;
  readonly resource: string;
  readonly scope: string[];
  readonly out?: string;
}

export function signInCommand(): Command {
  return new Command("sign-in")
    .description("sign a person in at an OpenID provider, and print an access token that is bound to a key")
    .requiredOption("--issuer <url>", "the OpenID provider")
    .requiredOption(
      "--client <id>",
      "the app's client_id there: a native app with redirect address http://127.0.0.1/callback",
    )
    .requiredOption("--key <file>", "the app's private key: the token is bound to it by DPoP")
    .requiredOption("--resource <uri>", "what the token is for: the gateway's id")
    .requiredOption("--scope <tokens>", 'what it may do, such as "orders:read"', parseScope)
    .option("-o, --out <file>", "where to write the token; default: standard output")
    .addHelpText(
      "after",
      "\nThe address to open goes to standard error. The provider must issue JWT access tokens (RFC 9068)\nand support DPoP (RFC 9449).",
    )
    .action(async (options: Options) => {
      const token = await signIn(options, await readPrivateKey(options.key));
      if (options.out === undefined) return console.log(token);
      await writeFile(options.out, token, { mode: 0o600 });
      console.log(`wrote ${options.out}`);
    });
}

async function signIn({ issuer, client: id, resource, scope }: Options, key: HolderKey): Promise<string> {
  const server = await discover(issuer);
  const client: oauth.Client = { client_id: id };
  const pair = await keyPair(key);
  const DPoP = oauth.DPoP(client, pair);
  const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()];
  const callback = await startCallback();
  try {
    const address = new URL(server.authorization_endpoint as string);
    address.search = new URLSearchParams({
      client_id: id,
      response_type: "code",
      redirect_uri: callback.address,
      scope: scope.join(" "),
      resource,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      dpop_jkt: await DPoP.calculateThumbprint(),
    }).toString();
    console.error(`open ${address}`);
    const parameters = oauth.validateAuthResponse(server, client, await callback.called, state);
    const ask = (): Promise<Response> =>
      oauth.authorizationCodeGrantRequest(server, client, oauth.None(), parameters, callback.address, verifier, {
        DPoP,
        additionalParameters: { resource },
        [oauth.allowInsecureRequests]: true,
      });
    const read = async (): Promise<oauth.TokenEndpointResponse> =>
      oauth.processAuthorizationCodeResponse(server, client, await ask());
    // The provider may require a nonce in the proof, once (RFC 9449, section 8).
    const answer = await read().catch((error: unknown) => {
      if (oauth.isDPoPNonceError(error)) return read();
      throw error;
    });
    if (answer.token_type !== "dpop") throw new Error(`${issuer} issued a token that is not bound to the key (DPoP)`);
    return answer.access_token;
  } finally {
    callback.stop();
  }
}

async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
  if (!URL.canParse(issuer) || !isProtected(new URL(issuer)))
    throw new Error(`--issuer ${issuer}: must be https (http only on the loopback)`);
  const address = new URL(issuer);
  const answer = await oauth.discoveryRequest(address, { [oauth.allowInsecureRequests]: true }).catch(() => {
    throw new Error(`no answer from ${address.origin}: is the OpenID provider running?`);
  });
  return oauth.processDiscoveryResponse(address, answer);
}

async function keyPair(key: HolderKey): Promise<CryptoKeyPair> {
  const algorithm = algorithmOf(key);
  const [privateKey, publicKey] = await Promise.all([
    importJWK(key, algorithm),
    importJWK(publicPart(key), algorithm, { extractable: true }),
  ]);
  return { privateKey, publicKey } as CryptoKeyPair;
}

interface Callback {
  readonly address: string;
  /** The address that the provider sent the browser to. */
  readonly called: Promise<URL>;
  stop(): void;
}

async function startCallback(): Promise<Callback> {
  const { promise: called, resolve } = Promise.withResolvers<URL>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (url.pathname !== "/callback") return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": "text/plain", connection: "close" }).end("Signed in. Close this page.\n");
    resolve(url);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}/callback`, called, stop: () => server.close() };
}
