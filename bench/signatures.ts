/** Signatures to verify: several keys, every message another, made by node:crypto. */
import { createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";

export interface Signed {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

/** @param keys how many keys take turns */
export function makeSignatures(count: number, bytes: number, keys: number): Signed[] {
  const pairs = Array.from({ length: keys }, () => {
    const secret = createPrivateKey({
      key: Buffer.concat([PKCS8_ED25519, randomBytes(32)]),
      format: "der",
      type: "pkcs8",
    });
    const { x } = createPublicKey(secret).export({ format: "jwk" }) as { x: string };
    return { secret, publicKey: new Uint8Array(Buffer.from(x, "base64url")) };
  });
  return Array.from({ length: count }, (_, i) => {
    const { secret, publicKey } = pairs[i % keys] as (typeof pairs)[number];
    const message = new Uint8Array(randomBytes(bytes));
    return { publicKey, message, signature: new Uint8Array(sign(null, message, secret)) };
  });
}
