/** Reads verdicts out of the core's memory: the records of its hops, as wasm/assembly/hop.ts draws them. */
import { toBase64url } from "./base64url.ts";
import type { ChainHop, ChainVerdict, PendingSignature, Signer } from "./chain.ts";
import { addressOf, type CoreExports } from "./exports.ts";
import { ALGORITHMS, type Algorithm } from "./trust.ts";
import { type ChainRule, MEMBERS, RULES } from "./verdict.ts";

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
const KEY_KIND = { ed25519: 1, p256: 2, thumbprint: 3 } as const;
/** Characters of a SHA-256 in base64url. */
const TEXT = 43;

const ALGORITHM_NAMES = Object.keys(ALGORITHMS) as Algorithm[];
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A function that reads the verdict of the call that has just returned this code. */
export function createVerdictReader(core: CoreExports): (code: number) => ChainVerdict {
  // The memory's maximum is its initial size, so these views never detach.
  const bytes = new Uint8Array(core.memory.buffer);
  const view = new DataView(core.memory.buffer);
  const textsAddress = addressOf(core.TEXTS);

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

  return (code) => {
    if (code !== 0) {
      const rule = RULES[code] as ChainRule;
      const member = MEMBERS[core.failedMember()] || undefined;
      const issuer = rule === "key_unknown" ? word(addressOf(core.HOPS) + RECORD.issuer) : undefined;
      return { ok: false, rule, hop: addressOf(core.failedHop), member, issuer };
    }
    const records = Array.from(
      { length: addressOf(core.hopCount) },
      (_, k) => addressOf(core.HOPS) + k * addressOf(core.HOP_BYTES),
    );
    const hops = readHops(records);
    const pending = records.flatMap((record, k) =>
      word(record + RECORD.verifier) === BY_HOST ? [readPending(records, k)] : [],
    );
    const signers = records.filter((record) => word(record + RECORD.algorithm) === ALGORITHMS.EdDSA).map(readSigner);
    return { ok: true, hops, pending, signers };
  };
}
