/** RFC 7638 and RFC 8037, A.3: thumbprints of keys that chains name, as the core and as jose compute them. */

import { calculateJwkThumbprint } from "jose";
import { describe, expect, test } from "vitest";
import { core } from "#core";
import { encodeTrust } from "../../wasm/trust.ts";
import { CAST, craftChain, keyNamed } from "../vectors/craft.ts";
import rfc8037 from "../vectors/rfc8037.json" with { type: "json" };

const NOW = 1795478400;

async function thumbprintOf(jwk: Record<string, string>): Promise<string | undefined> {
  const idp = await keyNamed("idp");
  const { chain } = await craftChain(NOW, { 0: { claims: { cnf: { jwk } } } }, 1);
  const keys = [{ kid: "idp-1", alg: "EdDSA" as const, publicKey: Buffer.from(idp.x, "base64url") }];
  const trust = encodeTrust([{ issuer: CAST.issuer, types: ["at+jwt"], keys }]);
  const verdict = core.verifyChain(chain, { trust, audiences: [CAST.gateway], now: NOW });
  return verdict.ok ? verdict.hops[0].thumbprint : undefined;
}

describe("the thumbprint of", () => {
  test("the Ed25519 key of RFC 8037, A.3", async () => {
    const { kty, crv, x } = rfc8037.jwk;
    expect(await thumbprintOf({ kty, crv, x })).toBe(rfc8037.thumbprint);
  });

  test("an Ed25519 key with further members", async () => {
    const { kty, crv, x } = rfc8037.jwk;
    expect(await thumbprintOf({ kid: "a", use: "sig", x, crv, kty })).toBe(rfc8037.thumbprint);
  });

  test("a P-256 key, as jose computes it", async () => {
    const { publicKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
      "sign",
      "verify",
    ]);
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
    const jwk = { kty: kty as string, crv: crv as string, x: x as string, y: y as string };
    expect(await thumbprintOf(jwk)).toBe(await calculateJwkThumbprint(jwk));
  });
});
