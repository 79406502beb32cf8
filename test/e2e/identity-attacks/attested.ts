/** Names that a Workload Identity Token attests, or should not. */
import { decodeJwt, SignJWT } from "jose";
import { expect } from "vitest";
import { keyNamed, sign, signHs256 } from "../../vectors/craft.ts";
import { rootOf, toService } from "../chains.ts";
import { nowSeconds, untilAfter } from "../harness.ts";
import { SERVICE } from "../oauth.ts";
import { agentChain, bearer, PARTNER, prodKey, type Row, send, withHop } from "./given.ts";

export const WIT_NAME = "spiffe://acme.example/services/new";
const witHop = async (wit: string, to = WIT_NAME): Promise<string> =>
  send(await withHop(await agentChain(), { ...toService, to, key: "mallory", header: { wit } }), "mallory");
export const mallorys = async (claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}) => {
  const all = {
    sub: WIT_NAME,
    exp: nowSeconds() + 300,
    cnf: { jwk: { ...(await keyNamed("mallory")).jwk, alg: "EdDSA" } },
    ...claims,
  };
  return sign({ alg: "EdDSA", typ: "wit+jwt", kid: "idp-1", ...header }, all, await keyNamed("idp"));
};
export const wits: Row[] = [
  ["a WIT with `alg: none`", "wit_malformed", async () => witHop(await mallorys({}, { alg: "none" }))],
  [
    "a WIT under HS256, by the trust domain's public key",
    "wit_malformed",
    async () => {
      const header = { alg: "HS256", typ: "wit+jwt", kid: "idp-1" };
      const secret = Buffer.from((await keyNamed("idp")).x, "base64url");
      return witHop(signHs256(header, decodeJwt(await mallorys()), secret));
    },
  ],
  [
    "a WIT whose header says ES256 over EdDSA",
    "actor_unproven",
    async () => witHop(await mallorys({}, { alg: "ES256" })),
  ],
  [
    "a WIT without `alg` in its key",
    "wit_malformed",
    async () => witHop(await mallorys({ cnf: { jwk: (await keyNamed("mallory")).jwk } })),
  ],
  [
    "a WIT with `jwk` and `jkt`",
    "wit_malformed",
    async () => {
      const { jwk, thumbprint } = await keyNamed("mallory");
      return witHop(await mallorys({ cnf: { jwk: { ...jwk, alg: "EdDSA" }, jkt: thumbprint } }));
    },
  ],
  [
    "a WIT with a private key",
    "wit_malformed",
    async () =>
      witHop(await mallorys({ cnf: { jwk: { ...(await keyNamed("mallory")).jwk, alg: "EdDSA", d: "AAAA" } } })),
  ],
  ["a WIT with `crit`", "wit_malformed", async () => witHop(await mallorys({}, { crit: ["x"], x: 1 }))],
  ["a WIT of type JWT", "wit_malformed", async () => witHop(await mallorys({}, { typ: "JWT" }))],
  ["a WIT of the future", "wit_mismatch", async () => witHop(await mallorys({ nbf: nowSeconds() + 100 }))],
  ["a WIT that says another issuer", "actor_unproven", async () => witHop(await mallorys({ iss: PARTNER }))],
  [
    "a WIT of two subjects",
    "wit_malformed",
    async () => {
      const jwk = { ...(await keyNamed("mallory")).jwk, alg: "EdDSA" };
      const claims = `{"sub":"${SERVICE}","sub":"${WIT_NAME}","exp":${nowSeconds() + 300},"cnf":${JSON.stringify({ jwk })}}`;
      return witHop(await sign({ alg: "EdDSA", typ: "wit+jwt", kid: "idp-1" }, claims, await keyNamed("idp")));
    },
  ],
  [
    "a WIT of another trust domain for our name",
    "actor_unproven",
    async () => {
      const wit = await new SignJWT(decodeJwt(await mallorys()))
        .setProtectedHeader({ alg: "ES256", typ: "wit+jwt", kid: "p" })
        .sign(prodKey);
      return witHop(wit);
    },
  ],
  [
    "a WIT in hop 0",
    "parameter_forbidden",
    async () => bearer(await rootOf({ claims: { cnf: undefined }, header: { wit: await mallorys() } })),
  ],
  [
    "a WIT again after it has expired, with its verdict remembered",
    "wit_mismatch",
    async () => {
      const exp = nowSeconds() + 4;
      const wit = await mallorys({ exp });
      const chain = await withHop(await agentChain(), { ...toService, to: WIT_NAME, key: "mallory", header: { wit } });
      expect(await send(chain, "mallory")).toContain("policy_denied");
      await untilAfter(exp);
      return send(chain, "mallory");
    },
  ],
  [
    "a WIT as a chain of its own",
    "claim_missing",
    async () => bearer(await mallorys({ iss: "https://spire.acme.example" })),
  ],
];
