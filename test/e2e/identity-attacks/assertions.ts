/** Client assertions and SVIDs that authenticate nobody. */
import { decodeJwt, SignJWT } from "jose";
import { expect } from "vitest";
import { CAST, encode, keyNamed, sign, signHs256 } from "../../vectors/craft.ts";
import { nowSeconds } from "../harness.ts";
import { assertionOf, assertWith, prodKey, type Row, said, WORKER } from "./given.ts";

export const assertions: Row[] = [
  [
    "a client assertion by another client's key",
    "invalid_client",
    async () => said(await assertWith(await assertionOf({}, "other"), "jwt-bearer")),
  ],
  [
    "a client assertion of another issuer",
    "invalid_client",
    async () => said(await assertWith(await assertionOf({ iss: "https://other.example" }), "jwt-bearer")),
  ],
  [
    "a client assertion with another `client_id` beside it",
    "invalid_client",
    async () => said(await assertWith(await assertionOf(), "jwt-bearer", { client_id: "https://other.example" })),
  ],
  [
    "a client assertion without `jti`",
    "invalid_client",
    async () => said(await assertWith(await assertionOf({ jti: undefined }), "jwt-bearer")),
  ],
  [
    "a client assertion for a day",
    "invalid_client",
    async () => said(await assertWith(await assertionOf({ exp: nowSeconds() + 86_400 }), "jwt-bearer")),
  ],
  [
    "a client assertion declared as an SVID",
    "invalid_client",
    async () => said(await assertWith(await assertionOf(), "jwt-spiffe")),
  ],
  [
    "a client assertion under HS256, by the public key",
    "invalid_client",
    async () => {
      const secret = Buffer.from((await keyNamed("assertion")).x, "base64url");
      return said(
        await assertWith(signHs256({ alg: "HS256", kid: "k" }, decodeJwt(await assertionOf()), secret), "jwt-bearer"),
      );
    },
  ],
  [
    "a client assertion with `alg: none`",
    "invalid_client",
    async () =>
      said(await assertWith(`${encode({ alg: "none" })}.${encode(decodeJwt(await assertionOf()))}.`, "jwt-bearer")),
  ],
  [
    "an SVID twice, the second time with the other form of its ECDSA signature",
    "invalid_client",
    async () => {
      const now = nowSeconds();
      const svid = await new SignJWT({ sub: WORKER, aud: [CAST.gateway], exp: now + 60, iat: now })
        .setProtectedHeader({ alg: "ES256", typ: "JWT", kid: "p" })
        .sign(prodKey);
      expect(await said(await assertWith(svid, "jwt-spiffe"))).toContain("200");
      const [header, payload, signature] = svid.split(".") as [string, string, string];
      const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
      const bytes = Buffer.from(signature, "base64url");
      const s = BigInt(`0x${bytes.subarray(32).toString("hex")}`);
      const other = Buffer.concat([
        bytes.subarray(0, 32),
        Buffer.from((order - s).toString(16).padStart(64, "0"), "hex"),
      ]);
      return said(await assertWith([header, payload, other.toString("base64url")].join("."), "jwt-spiffe"));
    },
  ],
  [
    "an SVID of the same name in another trust domain",
    "invalid_client",
    async () => {
      const now = nowSeconds();
      const claims = { sub: WORKER, aud: [CAST.gateway], exp: now + 60, iat: now, iss: "https://spire.acme.example" };
      return said(
        await assertWith(
          await sign({ alg: "EdDSA", typ: "JWT", kid: "idp-1" }, claims, await keyNamed("idp")),
          "jwt-spiffe",
        ),
      );
    },
  ],
  [
    "an SVID of the client that names another as its client",
    "invalid_client",
    async () => {
      const now = nowSeconds();
      const claims = {
        sub: WORKER,
        client_id: "spiffe://prod.example/other",
        aud: [CAST.gateway],
        exp: now + 60,
        iat: now,
      };
      const svid = await new SignJWT(claims).setProtectedHeader({ alg: "ES256", typ: "JWT", kid: "p" }).sign(prodKey);
      return said(await assertWith(svid, "jwt-spiffe"));
    },
  ],
];
