/**
 * The host's side of the verification core, the same in Node and workerd. It writes arguments, calls, and reads
 * results; it judges nothing itself.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { instantiateCore } from "./wasm/core.ts";
 *
 * const core = await instantiateCore(await readFile("dist/core.wasm"));
 * core.sha256(new TextEncoder().encode("abc")); // Uint8Array(32) [ 186, 120, 22, 191, ... ]
 * ```
 */
import type { AcceptedChain, ChainHop, ChainOptions, ChainVerdict, PendingSignature, Signer } from "./chain.ts";
import { createSeenChains } from "./seen.ts";
import { ALGORITHMS, type Algorithm, type TrustAnchors } from "./trust.ts";
import { type ChainRule, MEMBERS, RULES } from "./verdict.ts";

export type { AcceptedChain, ChainHop, ChainOptions, ChainVerdict, PendingSignature } from "./chain.ts";

export interface SignedMessage {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

export interface Core {
  /**
   * Ed25519 verification (RFC 8032, section 5.1.7, cofactorless, canonical encodings, no small-order keys).
   *
   * @param publicKey 32 bytes
   * @param signature 64 bytes; any other length of either is an invalid signature, not an error
   */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /**
   * Verifies several signatures, which share one inversion: a third faster by known keys. Each is judged exactly as
   * `verifyEd25519` would.
   *
   * @returns the index of the first that is invalid, or -1
   */
  findInvalid(signatures: readonly SignedMessage[]): number;
  /** SHA-512 (FIPS 180-4): 64 bytes. */
  sha512(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  /** SHA-256 (FIPS 180-4): 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  /**
   * Checks every rule of docs/chain.md, and every signature but those in `pending`.
   *
   * @throws RangeError where the options, never the chain, do not fit the core's memory
   */
  verifyChain(chain: string | Uint8Array, options: ChainOptions): ChainVerdict;
  /**
   * Says that a verdict's chain is verified under a trusted root, pending signatures included. Its text is remembered
   * (256 chains), so that `verifyChain` answers at once while nothing in it has expired; so are its hops (1,024), so that
   * a new hop on them costs one signature; and a use of its keys is counted (`admitKey`). Only verdicts of this core
   * that were given for a string can be admitted.
   */
  admit(verdict: AcceptedChain): void;
  /**
   * Counts a use of a public key that may be trusted: one that comes back (4 times) gets a table of its own, and later
   * verifications by it are several times faster. 32 keys have tables, the least recently used makes room.
   */
  admitKey(publicKey: Uint8Array): void;
  /** Which arithmetic this machine runs: doubles with fused multiply-adds, or 64-bit integers. Same accept set. */
  readonly arithmetic: "fused" | "integer";
}

export interface CoreOptions {
  /** False takes the integer path even where the machine fuses. Default true. */
  readonly fused?: boolean;
}

/** Compiles if need be, and instantiates: once per process or isolate. */
export async function instantiateCore(
  moduleOrBytes: WebAssembly.Module | BufferSource,
  options: CoreOptions = {},
): Promise<Core> {
  if (moduleOrBytes instanceof WebAssembly.Module) return instantiateCoreSync(moduleOrBytes, options);
  // Workers may not compile at run time, so their types lack this function.
  const { compile } = WebAssembly as unknown as { compile(bytes: BufferSource): Promise<WebAssembly.Module> };
  return instantiateCoreSync(await compile(moduleOrBytes), options);
}

/** As `instantiateCore`, of a compiled module: Workers get theirs by import. */
export function instantiateCoreSync(module: WebAssembly.Module, { fused = true }: CoreOptions = {}): Core {
  const core = new WebAssembly.Instance(module, {}).exports as unknown as CoreExports;
  const arithmetic = core.useArithmetic(fused ? 1 : 0) !== 0 ? "fused" : "integer";
  return { ...bind(core), arithmetic };
}

type Address = WebAssembly.Global;
interface CoreExports {
  readonly memory: WebAssembly.Memory;
  readonly AUDIENCES: Address;
  readonly AUDIENCES_BYTES: Address;
  readonly CHAIN: Address;
  readonly CHAIN_BYTES: Address;
  readonly DIGEST: Address;
  readonly HOPS: Address;
  readonly HOP_BYTES: Address;
  readonly PUBLIC_KEY: Address;
  readonly SIGNATURE: Address;
  readonly TEXTS: Address;
  readonly TRUST: Address;
  readonly TRUST_BYTES: Address;
  readonly failedHop: Address;
  readonly hopCount: Address;
  admitHop(hash: number, key: number, expires: number): void;
  admitKey(publicKey: number): void;
  failedMember(): number;
  sha256Start(): void;
  sha256Update(from: number, length: number): void;
  sha256Finish(to: number): void;
  sha512Start(): void;
  sha512Update(from: number, length: number): void;
  sha512Finish(to: number): void;
  startDigest(): void;
  finishDigest(): void;
  startSignatures(): void;
  combine(): number;
  settle(): number;
  useArithmetic(fusedAllowed: number): number;
  verifyDigest(): number;
  verifyChain(size: number, maxBytes: number, maxHops: number, now: number, skew: number, defer: number): number;
}

/** Offsets in a hop record: wasm/assembly/hop.ts draws it. */
const RECORD = {
  jwsStart: 0,
  signedEnd: 4,
  algorithm: 12,
  verifier: 16,
  keyIndex: 20,
  claims: 32,
  signature: 40,
  keyKind: 48,
  scope: 56,
  issuer: 88,
  expires: 64,
  hash: 256,
  key: 288,
  signer: 400,
} as const;
const BY_HOST = 2;
/** Characters of a SHA-256 in base64url. */
const TEXT = 43;
/** As many points wait for their inversion at once (MAX_HOPS of wasm/assembly/memory.ts). */
const MAX_WAITING = 16;
const KEY_KIND = { ed25519: 1, p256: 2, thumbprint: 3 } as const;

const ALGORITHM_NAMES = Object.keys(ALGORITHMS) as Algorithm[];
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf8 = new TextEncoder();

function bind(core: CoreExports): Omit<Core, "arithmetic"> {
  // The memory's maximum is its initial size, so this view never detaches.
  const bytes = new Uint8Array(core.memory.buffer);
  const view = new DataView(core.memory.buffer);
  const at = (address: Address): number => address.value as number;
  const chunk = at(core.CHAIN);
  const chunkBytes = at(core.CHAIN_BYTES);
  const keyAddress = at(core.PUBLIC_KEY);
  const signatureAddress = at(core.SIGNATURE);
  const textsAddress = at(core.TEXTS);
  let trusted: TrustAnchors | undefined;
  const seen = createSeenChains();
  /** What each verdict was given for, until it is admitted. */
  const given = new WeakMap<AcceptedChain, { readonly chain: string; readonly options: ChainOptions }>();

  function feed(update: (from: number, length: number) => void, data: Uint8Array): void {
    if (data.length <= chunkBytes) {
      bytes.set(data, chunk);
      update(chunk, data.length);
      return;
    }
    for (let from = 0; from < data.length; from += chunkBytes) {
      const part = data.subarray(from, from + chunkBytes);
      bytes.set(part, chunk);
      update(chunk, part.length);
    }
  }

  /** Writes the arguments of one verification; false where a length alone refuses it. */
  function writeSigned({ publicKey, message, signature }: SignedMessage): boolean {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    bytes.set(publicKey, keyAddress);
    bytes.set(signature, signatureAddress);
    core.startDigest();
    feed(core.sha512Update, message);
    core.finishDigest();
    return true;
  }

  function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    return writeSigned({ publicKey, message, signature }) && core.verifyDigest() !== 0;
  }

  function findInvalid(signatures: readonly SignedMessage[]): number {
    for (let from = 0; from < signatures.length; from += MAX_WAITING) {
      const some = signatures.slice(from, from + MAX_WAITING);
      core.startSignatures();
      const refused = some.findIndex((signed) => !(writeSigned(signed) && core.combine() !== 0));
      const combined = refused === -1 ? some.length : refused;
      const settled = core.settle();
      if (settled < some.length) return from + Math.min(settled, combined);
    }
    return -1;
  }

  function sha512(data: Uint8Array): Uint8Array<ArrayBuffer> {
    core.sha512Start();
    feed(core.sha512Update, data);
    core.sha512Finish(chunk);
    return bytes.slice(chunk, chunk + 64);
  }

  function sha256(data: Uint8Array): Uint8Array<ArrayBuffer> {
    core.sha256Start();
    feed(core.sha256Update, data);
    core.sha256Finish(chunk);
    return bytes.slice(chunk, chunk + 32);
  }

  function writeTrust(trust: TrustAnchors): void {
    if (trust === trusted) return;
    if (trust.bytes.length > at(core.TRUST_BYTES)) {
      throw new RangeError(`trust anchors take ${trust.bytes.length} of ${at(core.TRUST_BYTES)} bytes`);
    }
    bytes.set(trust.bytes, at(core.TRUST));
    trusted = trust;
  }

  function writeAudiences(audiences: readonly string[]): void {
    let to = at(core.AUDIENCES);
    const end = to + at(core.AUDIENCES_BYTES) - 2;
    for (const audience of audiences) {
      const { read, written } = utf8.encodeInto(audience, bytes.subarray(Math.min(to + 2, end), end));
      if (read < audience.length || written === 0) throw new RangeError("audiences are empty or too long");
      view.setUint16(to, written, true);
      to += 2 + written;
    }
    view.setUint16(to, 0, true);
  }

  /** Writes the chain and returns its size; a size over the buffer stands for "too long". */
  function writeChain(chain: string | Uint8Array): number {
    if (chain.length > chunkBytes) return chunkBytes + 1;
    if (typeof chain !== "string") {
      bytes.set(chain, chunk);
      return chain.length;
    }
    const { read, written } = utf8.encodeInto(chain, bytes.subarray(chunk, chunk + chunkBytes));
    return read < chain.length ? chunkBytes + 1 : written;
  }

  function verifyChain(chain: string | Uint8Array, options: ChainOptions): ChainVerdict {
    const { now, skew = 5, maxHops = 8, maxBytes = 16384, deferUnknownKeys = false } = options;
    if (!Number.isSafeInteger(now) || now < 0) throw new RangeError("now is not a whole number of seconds");
    const known = typeof chain === "string" ? seen.find(chain, options) : undefined;
    if (known !== undefined) return known;
    writeTrust(options.trust);
    writeAudiences(options.audiences);
    const code = core.verifyChain(writeChain(chain), maxBytes, maxHops, now, skew, deferUnknownKeys ? 1 : 0);
    if (code !== 0) {
      const rule = RULES[code] as ChainRule;
      const member = MEMBERS[core.failedMember()] || undefined;
      const issuer = rule === "key_unknown" ? word(at(core.HOPS) + RECORD.issuer) : undefined;
      return { ok: false, rule, hop: at(core.failedHop), member, issuer };
    }
    const records = Array.from({ length: at(core.hopCount) }, (_, k) => at(core.HOPS) + k * at(core.HOP_BYTES));
    const hops = readHops(records);
    const pending = records.flatMap((record, k) =>
      word(record + RECORD.verifier) === BY_HOST ? [readPending(records, k)] : [],
    );
    const signers = records.filter((record) => word(record + RECORD.algorithm) === ALGORITHMS.EdDSA).map(readSigner);
    const verdict: AcceptedChain = { ok: true, hops, pending, signers };
    if (typeof chain === "string") given.set(verdict, { chain, options });
    return verdict;
  }

  function admit(verdict: AcceptedChain): void {
    const source = given.get(verdict);
    if (source === undefined) return;
    given.delete(verdict);
    seen.admit(source.chain, source.options, verdict);
    for (const { publicKey, hash, expires } of verdict.signers) {
      admitKey(publicKey);
      bytes.set(hash, at(core.DIGEST));
      core.admitHop(at(core.DIGEST), at(core.PUBLIC_KEY), expires);
    }
  }

  function admitKey(publicKey: Uint8Array): void {
    if (publicKey.length !== 32) return;
    bytes.set(publicKey, at(core.PUBLIC_KEY));
    core.admitKey(at(core.PUBLIC_KEY));
  }

  function word(address: number): number {
    return view.getUint32(address, true);
  }

  function base64url(from: number, length: number): string {
    return toBase64url(bytes.subarray(from, from + length));
  }

  function readHops(records: readonly number[]): [ChainHop, ...ChainHop[]] {
    const texts = strictUtf8.decode(bytes.subarray(textsAddress, textsAddress + TEXT * (records.length + 1)));
    const hops = records.map((record, k): ChainHop => {
      const [start, end] = [word(record + RECORD.claims), word(record + RECORD.claims + 4)];
      // The core has refused whatever two JSON readers could read in two ways, so this is what it read.
      const claims = JSON.parse(strictUtf8.decode(bytes.subarray(start, end))) as Record<string, unknown>;
      const scope = claims["scope"] === undefined ? readScope(record) : (claims["scope"] as string);
      const kind = word(record + RECORD.keyKind);
      const hasText = k === records.length - 1 && kind >= KEY_KIND.ed25519 && kind <= KEY_KIND.thumbprint;
      return {
        claims,
        alg: ALGORITHM_NAMES[word(record + RECORD.algorithm) - 1] as Algorithm,
        scopes: scope === "" ? [] : scope.split(" "),
        hash: texts.slice(TEXT * k, TEXT * (k + 1)),
        thumbprint: hasText ? texts.slice(TEXT * records.length) : undefined,
      };
    });
    return hops as [ChainHop, ...ChainHop[]];
  }

  /** The scope that an issuer's tokens have when they carry none. */
  function readScope(record: number): string {
    const [start, length] = [word(record + RECORD.scope), word(record + RECORD.scope + 4)];
    return strictUtf8.decode(bytes.subarray(start, start + length));
  }

  function readSigner(record: number): Signer {
    return {
      publicKey: bytes.slice(record + RECORD.signer, record + RECORD.signer + 32),
      hash: bytes.slice(record + RECORD.hash, record + RECORD.hash + 32),
      expires: Number(view.getBigInt64(record + RECORD.expires, true)),
    };
  }

  function readPending(records: readonly number[], hop: number): PendingSignature {
    const record = records[hop] as number;
    const parent = records[hop - 1];
    return {
      hop,
      alg: ALGORITHM_NAMES[word(record + RECORD.algorithm) - 1] as Algorithm,
      signed: bytes.slice(word(record + RECORD.jwsStart), word(record + RECORD.signedEnd)),
      signature: bytes.slice(word(record + RECORD.signature), word(record + RECORD.signature + 4)),
      key: readPendingKey(record, parent),
    };
  }

  function readPendingKey(record: number, parent: number | undefined): PendingSignature["key"] {
    if (word(record + RECORD.algorithm) === ALGORITHMS.EdDSA) {
      return { publicKey: bytes.slice(record + RECORD.signer, record + RECORD.signer + 32) };
    }
    if (parent === undefined) return { issuer: word(record + RECORD.issuer), index: word(record + RECORD.keyIndex) };
    return { x: base64url(parent + RECORD.key, 32), y: base64url(parent + RECORD.key + 32, 32) };
  }

  return { verifyEd25519, findInvalid, sha512, sha256, verifyChain, admit, admitKey };
}

/** base64url without padding (RFC 4648, section 5). */
export function toBase64url(data: Uint8Array): string {
  let binary = "";
  for (const byte of data) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
