/**
 * Keys of every kind that a chain may know, made from names, and signatures that are the same each time: ECDSA with a
 * nonce from key and message, RSA-PSS with a salt of zeros. For test data only.
 */
import {
  checkPrimeSync,
  constants,
  createECDH,
  createHash,
  createPrivateKey,
  type KeyObject,
  privateEncrypt,
  sign,
} from "node:crypto";

/** A key that signs, whatever its kind. */
export interface SigningKey {
  readonly alg: "ES256" | "ES384" | "RS256" | "PS256";
  /** The public part. */
  readonly jwk: Readonly<Record<string, string>>;
  readonly thumbprint: string;
  sign(input: string): Uint8Array;
}

const sha256 = (data: string | Uint8Array): Buffer => createHash("sha256").update(data).digest();
const base64url = (data: Uint8Array): string => Buffer.from(data).toString("base64url");
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
const bytesOf = (value: bigint, size: number): Buffer => Buffer.from(value.toString(16).padStart(2 * size, "0"), "hex");

/** Bytes that follow from a text: SHA-256 in counter mode. */
function stream(seed: string, size: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(size / 32) }, (_, i) => sha256(`${seed} ${i}`));
  return Buffer.concat(blocks).subarray(0, size);
}

function powerOf(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let b = base % modulus, e = exponent; e > 0n; e >>= 1n, b = (b * b) % modulus) {
    if (e & 1n) result = (result * b) % modulus;
  }
  return result;
}

/** Fermat: the modulus is prime. */
const inverseOf = (value: bigint, prime: bigint): bigint => powerOf(value, prime - 2n, prime);

/** SEC 2, sections 2.4.2 and 2.5.1: the orders of the base points. */
const CURVES = {
  ES256: {
    crv: "P-256",
    name: "prime256v1",
    hash: "sha256",
    size: 32,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  ES384: {
    crv: "P-384",
    name: "secp384r1",
    hash: "sha384",
    size: 48,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
} as const;

export function ecKeyNamed(alg: keyof typeof CURVES, name: string): SigningKey {
  const { crv, name: curve, hash, size, order } = CURVES[alg];
  const secret = numberOf(stream(`hopgate test key ${alg} ${name}`, size)) % order;
  /** A multiple of the base point, uncompressed without its first byte. */
  const multiple = (scalar: bigint): Buffer => {
    const ecdh = createECDH(curve);
    ecdh.setPrivateKey(bytesOf(scalar, size));
    return ecdh.getPublicKey().subarray(1);
  };
  const point = multiple(secret);
  const jwk = {
    crv,
    kty: "EC",
    x: base64url(point.subarray(0, size)),
    y: base64url(point.subarray(size)),
  };
  return {
    alg,
    jwk,
    thumbprint: base64url(sha256(JSON.stringify(jwk))),
    // FIPS 186-5, section 6.4.1; both curves have hashes as long as their orders.
    sign(input) {
      const digest = createHash(hash).update(input).digest();
      const nonce = numberOf(stream(`${secret} ${digest.toString("hex")}`, size)) % order;
      const r = numberOf(multiple(nonce).subarray(0, size)) % order;
      const s = (inverseOf(nonce, order) * (numberOf(digest) + r * secret)) % order;
      return Buffer.concat([bytesOf(r, size), bytesOf(s, size)]);
    },
  };
}

/** An ECDSA signature in its other form, s and n - s being as good: another text, the same statement. */
export function otherForm(alg: keyof typeof CURVES, signature: Uint8Array): Uint8Array {
  const { size, order } = CURVES[alg];
  const s = numberOf(signature.subarray(size));
  return Buffer.concat([signature.subarray(0, size), bytesOf(order - s, size)]);
}

const EXPONENT = 65537n;

/** A prime of 1,024 bits whose two highest bits are set, and which suits the exponent. */
function primeNamed(name: string): bigint {
  for (let candidate = numberOf(stream(name, 128)) | (3n << 1022n) | 1n; ; candidate += 2n) {
    if (candidate % EXPONENT !== 1n && checkPrimeSync(candidate)) return candidate;
  }
}

export function rsaKeyNamed(alg: "RS256" | "PS256", name: string): SigningKey {
  const [p, q] = [primeNamed(`hopgate test key ${alg} ${name} p`), primeNamed(`hopgate test key ${alg} ${name} q`)];
  const modulus = p * q;
  const secret = privateExponent(p, q);
  const number = (value: bigint): string => base64url(bytesOf(value, Math.ceil(value.toString(16).length / 2)));
  const { e, n } = { e: number(EXPONENT), n: number(modulus) };
  const key = createPrivateKey({
    format: "jwk",
    key: {
      kty: "RSA",
      e,
      n,
      d: number(secret),
      p: number(p),
      q: number(q),
      dp: number(secret % (p - 1n)),
      dq: number(secret % (q - 1n)),
      qi: number(inverseOf(q % p, p)),
    },
  });
  return {
    alg,
    jwk: { e, kty: "RSA", n, alg },
    thumbprint: base64url(sha256(JSON.stringify({ e, kty: "RSA", n }))),
    sign: (input) => (alg === "RS256" ? sign("sha256", Buffer.from(input), key) : signPss(input, key)),
  };
}

/** The inverse of the exponent modulo (p - 1)(q - 1). */
function privateExponent(p: bigint, q: bigint): bigint {
  const totient = (p - 1n) * (q - 1n);
  let [a, b, x, y] = [totient, EXPONENT, 0n, 1n];
  while (b !== 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  return ((x % totient) + totient) % totient;
}

/** RFC 8017, sections 8.1.1 and 9.1.1, with 32 zeros as salt, for 2,048 bits. */
function signPss(input: string, key: KeyObject): Uint8Array {
  const salt = Buffer.alloc(32);
  const digest = sha256(Buffer.concat([Buffer.alloc(8), sha256(input), salt]));
  const block = Buffer.concat([Buffer.alloc(256 - 32 - 32 - 2), Buffer.of(1), salt]);
  for (let i = 0, counter = 0; i < block.length; i += 32, counter++) {
    const mask = sha256(Buffer.concat([digest, Buffer.of(0, 0, 0, counter)]));
    for (let k = 0; k < 32 && i + k < block.length; k++) block[i + k] = (block[i + k] as number) ^ (mask[k] as number);
  }
  block[0] = (block[0] as number) & 0x7f;
  const encoded = Buffer.concat([block, digest, Buffer.of(0xbc)]);
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded);
}
