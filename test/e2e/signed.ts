/** Checks an HTTP Message Signature (RFC 9421) of the gateway as a receiver would. */
import { verifySignature } from "http-message-sig";
import { importJWK } from "jose";
import type { World } from "./harness.ts";

/** @throws Error if the signature does not cover the components, or does not verify */
export async function verifyByGateway(world: World, received: Request, requiredComponents: string[]): Promise<boolean> {
  const publicKey = await importJWK({ kty: "OKP", crv: "Ed25519", x: world.gatewayKeys[0]?.x ?? "" }, "EdDSA");
  const verified = await verifySignature(received, {
    policy: {
      algorithms: ["ed25519"],
      requiredComponents,
      requiredParameters: ["created", "keyid"],
      maxAge: 60,
      clockSkew: 5,
    },
    resolveVerifier: () => ({
      algorithm: "ed25519",
      verify: async (data: Uint8Array, signature: Uint8Array) =>
        crypto.subtle.verify("Ed25519", publicKey as CryptoKey, new Uint8Array(signature), new Uint8Array(data)),
    }),
  });
  return Boolean(verified);
}
