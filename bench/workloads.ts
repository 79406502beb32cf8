/** What the core benches verify: known keys, keys never seen, and chains; every message another. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";

export interface Signed {
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly message: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

export interface Workloads {
  /** 400 signatures of 400 bytes by 4 keys in turn, and by as many keys as signatures. */
  readonly known: readonly Signed[];
  readonly unknown: readonly Signed[];
  /** Chains by the number of their hops, 1 to 8: COUNT each, all by the same 8 keys. */
  readonly chains: readonly (readonly string[])[];
  /** Keys of the hops, in order. */
  readonly hopKeys: readonly Uint8Array<ArrayBuffer>[];
  readonly now: number;
}

export const COUNT = 400;
export const CHAINS = 50;
export const ISSUER = "https://idp.example";
export const AUDIENCE = "https://gateway.example";

interface Pair {
  readonly secret: KeyObject;
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly jwk: { kty: "OKP"; crv: "Ed25519"; x: string };
}

const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

function newPair(): Pair {
  const secret = createPrivateKey({
    key: Buffer.concat([PKCS8_ED25519, randomBytes(32)]),
    format: "der",
    type: "pkcs8",
  });
  const { x } = createPublicKey(secret).export({ format: "jwk" }) as { x: string };
  return { secret, publicKey: new Uint8Array(Buffer.from(x, "base64url")), jwk: { kty: "OKP", crv: "Ed25519", x } };
}

function signed({ secret, publicKey }: Pair): Signed {
  const message = new Uint8Array(randomBytes(400));
  return { publicKey, message, signature: new Uint8Array(sign(null, message, secret)) };
}

/** A chain of so many hops by these keys, as issuers and agents make them. */
function makeChain(pairs: readonly Pair[], hops: number, now: number): string {
  const chain: string[] = [];
  for (let k = 0; k < hops; k++) {
    const common = {
      aud: AUDIENCE,
      scope: "orders:read refunds:write",
      iat: now - 5,
      exp: now + 3600 - k,
      jti: randomBytes(12).toString("base64url"),
      cnf: { jwk: (pairs[k + 1] as Pair).jwk },
    };
    const parent = chain.at(-1);
    const claims =
      parent === undefined
        ? { iss: ISSUER, sub: "alice", client_id: "spiffe://example/a0", txn: "task-1", ...common }
        : {
            iss: `spiffe://example/a${k - 1}`,
            sub: `spiffe://example/a${k}`,
            pth: createHash("sha256").update(parent).digest("base64url"),
            ...common,
          };
    const header = k === 0 ? { alg: "EdDSA", typ: "at+jwt", kid: "0" } : { alg: "EdDSA", typ: "hop+jwt" };
    const input = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    chain.push(`${input}.${sign(null, Buffer.from(input), (pairs[k] as Pair).secret).toString("base64url")}`);
  }
  return chain.join("~");
}

export function makeWorkloads(): Workloads {
  const now = Math.floor(Date.now() / 1000);
  const four = Array.from({ length: 4 }, newPair);
  const pairs = Array.from({ length: 9 }, newPair);
  return {
    known: Array.from({ length: COUNT }, (_, i) => signed(four[i % 4] as Pair)),
    unknown: Array.from({ length: COUNT }, () => signed(newPair())),
    chains: Array.from({ length: 8 }, (_, i) => Array.from({ length: CHAINS }, () => makeChain(pairs, i + 1, now))),
    hopKeys: pairs.map(({ publicKey }) => publicKey),
    now,
  };
}
