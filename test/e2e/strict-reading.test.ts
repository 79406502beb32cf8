/**
 * Everything that is signed is parsed as strictly as a chain: ambiguous input is refused, although its signature is
 * valid.
 */
import { createPrivateKey, sign as ed25519Sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CAST, type CraftKey, hashOf, keyNamed, leafKey } from "../vectors/craft.ts";
import { chainNow, nowSeconds, startWorld, type World } from "./harness.ts";
import { basic, ORDERS, register, registerCast } from "./oauth.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ edit: (config) => config.replace("[oauth]\n", "[oauth]\ndpop_nonce = false\n") });
  await registerCast(world);
  const { jwk } = await keyNamed("agent");
  await register(world, {
    client_id: "asserting",
    actor: "https://asserting.acme.example",
    auth_method: "private_key_jwt",
    secret_hashes: undefined,
    keys: [{ ...jwk, kid: "k" }],
  });
});
afterAll(() => world.stop());

/** Signs a payload to the byte. */
function signText(header: object, payload: string, { jwk, seed }: CraftKey): string {
  const d = Buffer.from(seed).toString("base64url");
  const key = createPrivateKey({ format: "jwk", key: { ...jwk, d } as never });
  const input = [JSON.stringify(header), payload].map((part) => Buffer.from(part).toString("base64url")).join(".");
  return `${input}.${ed25519Sign(null, Buffer.from(input), key).toString("base64url")}`;
}

/** Changes to a payload that leave its signature good, and what JSON.parse would read the same. */
const PAYLOADS: readonly [string, (payload: string) => string][] = [
  ["a name twice", (payload) => payload.replace("{", '{"jti":"another",')],
  ["a name twice, once escaped", (payload) => payload.replace("{", '{"\\u006ati":"another",')],
  ["a byte order mark", (payload) => `\ufeff${payload}`],
  ["a lone surrogate", (payload) => payload.replace("{", '{"x":"\\ud800",')],
  ["U+0000", (payload) => payload.replace("{", '{"x":"\\u0000",')],
  ["17 levels", (payload) => payload.replace("{", `{"x":${"[".repeat(16)}${"]".repeat(16)},`)],
  ["a fraction of a second", (payload) => payload.replace(/"(iat|exp)":(\d+)/, '"$1":$2.5')],
];

/** Another spelling of the same signature: 64 bytes leave four bits of the last character unused. */
function respell(token: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) as string) + 1];
}

interface Kind {
  /** The payload as it should be. */
  payload(chain: string): Record<string, unknown>;
  /** A token of it, sent: the status, and what is said. */
  send(chain: string, payload: string, change?: (token: string) => string): Promise<{ status: number; said: string }>;
  readonly good: number;
  readonly refused: number;
  readonly rule: string;
}

async function answerOf(answer: Response): Promise<{ status: number; said: string }> {
  return { status: answer.status, said: await answer.text() };
}
const same = (token: string): string => token;

const KINDS: Record<string, Kind> = {
  "a DPoP proof of a request": {
    payload: (chain) => ({
      htm: "GET",
      htu: `${world.url}/orders/17`,
      ath: hashOf(chain),
      iat: nowSeconds(),
      jti: crypto.randomUUID(),
    }),
    async send(chain, payload, change = same) {
      const key = await leafKey();
      const dpop = change(signText({ alg: "EdDSA", typ: "dpop+jwt", jwk: key.jwk }, payload, key));
      return answerOf(await fetch(`${world.url}/orders/17`, { headers: { authorization: `DPoP ${chain}`, dpop } }));
    },
    good: 200,
    refused: 401,
    rule: "proof_malformed",
  },
  "a DPoP proof of a token request": {
    payload: () => ({
      htm: "POST",
      htu: `${world.url}/oauth/token`,
      iat: nowSeconds(),
      jti: crypto.randomUUID(),
    }),
    async send(_, payload, change = same) {
      const key = await leafKey();
      const dpop = change(signText({ alg: "EdDSA", typ: "dpop+jwt", jwk: key.jwk }, payload, key));
      const body = new URLSearchParams({ grant_type: "client_credentials", audience: ORDERS });
      const headers = { ...basic("support-agent"), dpop };
      return answerOf(await fetch(`${world.url}/oauth/token`, { method: "POST", headers, body }));
    },
    good: 200,
    refused: 400,
    rule: "invalid_dpop_proof",
  },
  "a workload proof token": {
    payload: (chain) => ({
      aud: `${world.url}/orders/17`,
      htm: "GET",
      wth: hashOf(chain),
      exp: nowSeconds() + 30,
      jti: crypto.randomUUID(),
    }),
    async send(chain, payload, change = same) {
      const proof = change(signText({ alg: "EdDSA", typ: "wpt+jwt" }, payload, await leafKey()));
      const headers = { "workload-identity-token": chain, "workload-proof-token": proof };
      return answerOf(await fetch(`${world.url}/orders/17`, { headers }));
    },
    good: 200,
    refused: 401,
    rule: "proof_malformed",
  },
  "a security event": {
    payload: () => ({
      iss: "https://signals.acme.example",
      aud: CAST.gateway,
      jti: crypto.randomUUID(),
      iat: nowSeconds(),
      events: { "https://schemas.openid.net/secevent/ssf/event-type/verification": { state: "x" } },
    }),
    async send(_, payload, change = same) {
      const body = change(
        signText({ alg: "EdDSA", typ: "secevent+jwt", kid: "idp-1" }, payload, await keyNamed("idp")),
      );
      const headers = { "content-type": "application/secevent+jwt" };
      return answerOf(await fetch(`${world.url}/events`, { method: "POST", headers, body }));
    },
    good: 202,
    refused: 400,
    rule: "invalid_request",
  },
  "a client assertion": {
    payload: () => ({
      iss: "asserting",
      sub: "asserting",
      aud: CAST.gateway,
      exp: nowSeconds() + 60,
      jti: crypto.randomUUID(),
    }),
    async send(_, payload, change = same) {
      const body = new URLSearchParams({
        grant_type: "client_credentials",
        audience: ORDERS,
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: change(signText({ alg: "EdDSA", kid: "k" }, payload, await keyNamed("agent"))),
      });
      return answerOf(await fetch(`${world.url}/oauth/token`, { method: "POST", body }));
    },
    good: 200,
    refused: 401,
    rule: "invalid_client",
  },
};

describe.each(Object.entries(KINDS))("%s", (_, { payload, send, good, refused, rule }) => {
  test("that every parser reads the same way is accepted", async () => {
    const chain = await chainNow();
    expect(await send(chain, JSON.stringify(payload(chain)))).toMatchObject({ status: good });
  });

  test.each(PAYLOADS)("with %s is refused", async (__, change) => {
    const chain = await chainNow();
    const { status, said } = await send(chain, change(JSON.stringify(payload(chain))));
    expect([status, said]).toEqual([refused, expect.stringContaining(rule)]);
  });

  test("whose signature is encoded in another form is refused", async () => {
    const chain = await chainNow();
    const { status, said } = await send(chain, JSON.stringify(payload(chain)), respell);
    expect([status, said]).toEqual([refused, expect.stringContaining(rule)]);
  });
});
