/** Tokens that nobody has signed so. */
import { CAST, keyNamed, signHs256 } from "../../vectors/craft.ts";
import { nowSeconds } from "../harness.ts";
import { exchange, personToken, TYPE } from "../oauth.ts";
import { type Row, world } from "./given.ts";

export const forgeries: Row[] = [
  [
    "a token of another type than any: a DPoP proof as a token",
    400,
    "invalid_request",
    "is not of its declared type",
    async () =>
      exchange(world, {
        subject_token: await personToken({}, { header: { typ: "dpop+jwt" } }),
        subject_token_type: TYPE.jwt,
      }),
  ],
  [
    "HS256 with the public key",
    400,
    "invalid_request",
    "alg_forbidden",
    async () => {
      const { x } = await keyNamed("idp");
      const token = signHs256(
        { alg: "HS256", typ: "at+jwt", kid: "idp-1" },
        {
          iss: CAST.issuer,
          sub: "alice",
          aud: "support-agent",
          client_id: "support-agent",
          scope: "orders:read",
          exp: nowSeconds() + 60,
        },
        Buffer.from(x, "base64url"),
      );
      return exchange(world, { subject_token: token });
    },
  ],
  [
    "`alg: none`",
    400,
    "invalid_request",
    "alg_forbidden",
    async () => {
      const [, claims] = (await personToken()).split(".");
      const header = Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt" })).toString("base64url");
      return exchange(world, { subject_token: `${header}.${claims}.AAAA` });
    },
  ],
  [
    "a `kid` that is a path",
    400,
    "invalid_request",
    "key_unknown",
    async () => exchange(world, { subject_token: await personToken({}, { header: { kid: "../../keys/none" } }) }),
  ],
  [
    "a key in the header",
    400,
    "invalid_request",
    "parameter_forbidden",
    async () =>
      exchange(world, {
        subject_token: await personToken({}, { header: { jwk: (await keyNamed("mallory")).jwk }, signedBy: "mallory" }),
      }),
  ],
  [
    "a bound token back as one that anybody can use",
    400,
    "invalid_dpop_proof",
    "must be bound to a key",
    async () =>
      exchange(world, { subject_token: await personToken({ cnf: { jkt: (await keyNamed("agent")).thumbprint } }) }),
  ],
];
