/** Token exchange as one would write it by hand with hono and jose: authentication, signature, claims, proof, a new token. No policy. */
import type { HonoRequest } from "hono";
import { importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { type Spend, verifyProof } from "../by-hand/proof.ts";
import { makePublicKeys } from "../by-hand/public-keys.ts";
import { Refusal } from "../by-hand/refusal.ts";

export interface ExchangeEnv {
  readonly IDP_KEY: string;
  readonly SIGNING_KEY: string;
  readonly SECRET: string;
}

export interface Exchanged {
  readonly token: string;
  /** `jti` of the token. */
  readonly id: string;
  /** Name of the task, by the issuer's word. */
  readonly task: string;
  /** `iss` and `jti` of the subject token. */
  readonly subjectToken: string;
  /** The proof that was shown, if one was: the token is bound to its key. */
  readonly spend: Spend | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
}

const ISSUER = "https://idp.acme.example";
const LIFE = 300;

const publicKeyOf = makePublicKeys();
/** Of an isolate, imported once. */
let keys: Promise<Awaited<ReturnType<typeof importJWK>>[]> | undefined;

/** @throws Refusal 401 */
export async function exchange(request: HonoRequest, env: ExchangeEnv): Promise<Exchanged> {
  const [user, secret] = atob((request.header("authorization") ?? "").slice(6)).split(":");
  if (user !== "support-agent" || secret !== env.SECRET) throw new Refusal(401, "invalid_client");
  keys ??= Promise.all([env.IDP_KEY, env.SIGNING_KEY].map((text) => importJWK(JSON.parse(text) as JWK, "EdDSA")));
  const [idpKey, signingKey] = (await keys) as [CryptoKey, CryptoKey];
  const form = await request.parseBody();
  const { payload } = await jwtVerify(String(form["subject_token"]), idpKey, {
    audience: "support-agent",
    issuer: ISSUER,
    typ: "at+jwt",
  }).catch((cause: unknown) => {
    throw new Refusal(401, "invalid_grant", { cause });
  });
  const now = Math.floor(Date.now() / 1000);
  const proof = request.header("dpop");
  const expected = { method: request.method, url: request.url, now };
  const spend = proof === undefined ? undefined : await verifyProof(proof, expected, publicKeyOf);
  const [id, task] = [crypto.randomUUID(), `${payload.iss} ${payload["txn"]}`];
  const claims = {
    sub: payload.sub as string,
    scope: payload["scope"],
    txn: payload["txn"],
    client_id: user,
    act: { sub: "spiffe://acme.example/agents/support" },
    ...(spend !== undefined && { cnf: { jkt: spend.thumbprint } }),
  };
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt" })
    .setIssuer("https://gateway.acme.example")
    .setAudience(String(form["audience"]))
    .setIssuedAt(now)
    .setExpirationTime(now + LIFE)
    .setJti(id)
    .sign(signingKey);
  return { token, id, task, subjectToken: `${payload.iss} ${payload.jti}`, spend, claims };
}

export function answer({ token, spend }: Exchanged): object {
  return { access_token: token, token_type: spend === undefined ? "Bearer" : "DPoP", expires_in: LIFE };
}
