/**
 * The host's side of the verification core, the same in Node and workerd. It writes arguments, calls, and reads
 * results; it decides nothing itself.
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
import type { AcceptedChain, ChainOptions, ChainVerdict } from "./chain.ts";
import { addressOf, type CoreExports } from "./exports.ts";
import { type PresentedVerdict, possessionOf } from "./possession.ts";
import { createVerdictReader } from "./records.ts";
import { createSeenChains } from "./seen.ts";
import type { TrustAnchors } from "./trust.ts";

export { toBase64url } from "./base64url.ts";
export type { AcceptedChain, ChainHop, ChainOptions, ChainVerdict, PendingSignature } from "./chain.ts";
export type { Possession, PresentedVerdict } from "./possession.ts";

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
   * @throws RangeError if the options, never the chain, do not fit into the core's memory
   */
  verifyChain(chain: string | Uint8Array, options: ChainOptions): ChainVerdict;
  /**
   * As `verifyChain`, and in the same call the signature of a proof that comes with the chain. It counts only if its key
   * is the one that the last hop names: by `cnf.jwk`, or by `cnf.jkt`.
   *
   * @param proof what was signed, and the Ed25519 key that the proof itself names
   */
  verifyPresented(
    chain: string | Uint8Array,
    proof: SignedMessage | undefined,
    options: ChainOptions,
  ): PresentedVerdict;
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

/** The number of points that wait for their inversion at once (wasm/assembly/memory.ts). */
const MAX_WAITING = 17;

const utf8 = new TextEncoder();

function bind(core: CoreExports): Omit<Core, "arithmetic"> {
  // The memory's maximum is its initial size, so this view never detaches.
  const bytes = new Uint8Array(core.memory.buffer);
  const view = new DataView(core.memory.buffer);
  const at = addressOf;
  const readVerdict = createVerdictReader(core, sha256);
  const chunk = at(core.CHAIN);
  const chunkBytes = at(core.CHAIN_BYTES);
  const keyAddress = at(core.PUBLIC_KEY);
  const signatureAddress = at(core.SIGNATURE);
  let trusted: TrustAnchors | undefined;
  const seen = createSeenChains();
  /** The input of each verdict, until it is admitted. */
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

  /** Writes the arguments of one verification; false if a length alone refuses it. */
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
    return findInvalid([{ publicKey, message, signature }]) === -1;
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
    return verifyPresented(chain, undefined, options).chain;
  }

  function verifyPresented(
    chain: string | Uint8Array,
    proof: SignedMessage | undefined,
    options: ChainOptions,
  ): PresentedVerdict {
    const { now, skew = 5, maxHops = 8, maxBytes = 16384, deferUnknownKeys = false } = options;
    if (!Number.isSafeInteger(now) || now < 0) throw new RangeError("now is not a whole number of seconds");
    const defer = deferUnknownKeys ? 1 : 0;
    const held = proof !== undefined && writeSigned(proof);
    if (held) core.holdProof();
    const judged = (verdict: AcceptedChain, outcome: number): PresentedVerdict => ({
      chain: verdict,
      possession: proof && possessionOf(outcome, proof.publicKey, verdict, sha256),
    });
    const known = typeof chain === "string" ? seen.find(chain, options) : undefined;
    if (known !== undefined) return judged(known, held ? core.verifyProof(defer) : 0);
    writeTrust(options.trust);
    writeAudiences(options.audiences);
    const code = core.verifyChain(writeChain(chain), maxBytes, maxHops, now, skew, defer, held ? 1 : 0);
    const outcome = addressOf(core.proofOutcome);
    const verdict = readVerdict(code);
    if (!verdict.ok) return { chain: verdict, possession: undefined };
    if (typeof chain === "string") given.set(verdict, { chain, options });
    return judged(verdict, outcome);
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

  return { verifyEd25519, findInvalid, sha512, sha256, verifyChain, verifyPresented, admit, admitKey };
}
