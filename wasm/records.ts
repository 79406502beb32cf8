/**
 * Reads verdicts out of the core's memory: the records of its hops, in the layout of wasm/assembly/hop.ts. They are
 * copied at once, because the next call overwrites them, and parsed into objects at first use.
 */
import { toBase64url } from "./base64url.ts";
import type { AcceptedChain, ChainHop, ChainVerdict, PendingSignature, Signer } from "./chain.ts";
import { addressOf, type CoreExports } from "./exports.ts";
import { type Sha256, thumbprintOf } from "./thumbprint.ts";
import { ALGORITHMS, type Algorithm } from "./trust.ts";
import { type ChainRule, MEMBERS, RULES } from "./verdict.ts";

/** Offsets in a hop record, from wasm/assembly/hop.ts. */
const RECORD = {
  jwsStart: 0,
  signedEnd: 4,
  algorithm: 12,
  verifier: 16,
  keyIndex: 20,
  header: 24,
  claims: 32,
  signature: 40,
  scope: 56,
  expires: 64,
  issuer: 88,
  wit: 208,
  witExpires: 216,
  isChild: 232,
  hash: 256,
  key: 288,
  signer: 400,
  name: 480,
} as const;
const BY_HOST = 2;

const ALGORITHM_NAMES = Object.keys(ALGORITHMS) as Algorithm[];
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Addresses of the core's memory, read once. */
interface Layout {
  readonly hops: number;
  readonly hopBytes: number;
  readonly trust: number;
  readonly trustEnd: number;
}

/** A copy within a block that other verdicts share. */
interface Copy {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;
  readonly start: number;
}

/** Copies runs of bytes into blocks of 64 KiB: an allocation of its own for each would cost more than the rest of reading. */
function createCopier(): (run: Uint8Array) => Copy {
  let bytes = new Uint8Array(0);
  let view = new DataView(bytes.buffer);
  let used = 0;
  return (run) => {
    if (used + run.length > bytes.length) {
      bytes = new Uint8Array(Math.max(65536, run.length));
      view = new DataView(bytes.buffer);
      used = 0;
    }
    const start = used;
    bytes.set(run, start);
    used += run.length;
    return { bytes, view, start };
  };
}

/** The source of one verdict: the records of its hops, followed by their decoded segments. */
class Snapshot {
  readonly hops: number;
  readonly #layout: Layout;
  readonly #copy: Copy;

  constructor(hops: number, layout: Layout, copy: Copy) {
    this.hops = hops;
    this.#layout = layout;
    this.#copy = copy;
  }

  word(hop: number, offset: number): number {
    return this.#copy.view.getUint32(this.#at(hop, offset), true);
  }

  seconds(hop: number, offset: number): number {
    return Number(this.#copy.view.getBigInt64(this.#at(hop, offset), true));
  }

  bytes(hop: number, offset: number, length: number): Uint8Array<ArrayBuffer> {
    const from = this.#at(hop, offset);
    return this.#copy.bytes.slice(from, from + length);
  }

  /** A digest in base64url. */
  digest(hop: number, offset: number): string {
    return toBase64url(this.bytes(hop, offset, 32));
  }

  /** The decoded segment between the two addresses at this offset. */
  segment(hop: number, offset: number): Uint8Array {
    const moved = this.#copy.start - this.#layout.hops;
    return this.#copy.bytes.subarray(this.word(hop, offset) + moved, this.word(hop, offset + 4) + moved);
  }

  #at(hop: number, offset: number): number {
    return this.#copy.start + hop * this.#layout.hopBytes + offset;
  }
}

class RecordedHop implements ChainHop {
  readonly #snapshot: Snapshot;
  readonly #hop: number;
  readonly #defaultScope: string;
  readonly #sha256: Sha256;
  #claims: Record<string, unknown> | undefined;
  #name: string | undefined;
  #thumbprint: string | undefined;

  constructor(snapshot: Snapshot, hop: number, defaultScope: string, sha256: Sha256) {
    this.#snapshot = snapshot;
    this.#hop = hop;
    this.#defaultScope = defaultScope;
    this.#sha256 = sha256;
  }

  get claims(): Record<string, unknown> {
    // The core has refused JSON that two parsers could read differently, so this parses to what it read.
    this.#claims ??= JSON.parse(strictUtf8.decode(this.#snapshot.segment(this.#hop, RECORD.claims)));
    return this.#claims as Record<string, unknown>;
  }

  get alg(): Algorithm {
    return ALGORITHM_NAMES[this.#snapshot.word(this.#hop, RECORD.algorithm) - 1] as Algorithm;
  }

  get scopes(): readonly string[] {
    const scope = (this.claims["scope"] as string | undefined) ?? this.#defaultScope;
    return scope === "" ? [] : scope.split(" ");
  }

  get hash(): string {
    return this.#snapshot.digest(this.#hop, RECORD.hash);
  }

  get name(): string {
    this.#name ??= this.#snapshot.digest(this.#hop, RECORD.name);
    return this.#name;
  }

  get thumbprint(): string | undefined {
    // The core has checked that a key has the members of its thumbprint, each in canonical encoding.
    const { jkt, jwk } = (this.claims["cnf"] ?? {}) as Confirmation;
    this.#thumbprint ??= jwk === undefined ? jkt : thumbprintOf(jwk, this.#sha256);
    return this.#thumbprint;
  }

  get wit(): string | undefined {
    if (this.#snapshot.word(this.#hop, RECORD.wit) === 0) return undefined;
    return JSON.parse(strictUtf8.decode(this.#snapshot.segment(this.#hop, RECORD.header))).wit;
  }

  get isChild(): boolean {
    return this.#snapshot.word(this.#hop, RECORD.isChild) !== 0;
  }
}

interface Confirmation {
  readonly jkt?: string;
  readonly jwk?: Readonly<Record<string, string>>;
}

class RecordedChain implements AcceptedChain {
  readonly ok = true;
  readonly hops: readonly [ChainHop, ...ChainHop[]];
  readonly pending: readonly PendingSignature[];
  readonly #snapshot: Snapshot;

  constructor(snapshot: Snapshot, pending: readonly PendingSignature[], defaultScope: string, sha256: Sha256) {
    this.#snapshot = snapshot;
    this.pending = pending;
    const hops: ChainHop[] = [];
    for (let k = 0; k < snapshot.hops; k++) hops.push(new RecordedHop(snapshot, k, defaultScope, sha256));
    this.hops = hops as [ChainHop, ...ChainHop[]];
  }

  get issuer(): number {
    return this.#snapshot.word(0, RECORD.issuer);
  }

  get expires(): number {
    const times = this.hops.flatMap((_, hop) =>
      [RECORD.expires, RECORD.witExpires].map((at) => this.#snapshot.seconds(hop, at)),
    );
    return Math.min(...times);
  }

  get signers(): readonly Signer[] {
    const snapshot = this.#snapshot;
    return this.hops.flatMap(({ alg }, hop) =>
      alg === "EdDSA"
        ? [
            {
              publicKey: snapshot.bytes(hop, RECORD.signer, 32),
              hash: snapshot.bytes(hop, RECORD.hash, 32),
              expires: snapshot.seconds(hop, RECORD.expires),
            },
          ]
        : [],
    );
  }
}

/**
 * A function that reads the verdict of the call that has just returned this code.
 *
 * @param sha256 used when a thumbprint is asked for
 */
export function createVerdictReader(core: CoreExports, sha256: Sha256): (code: number) => ChainVerdict {
  // The memory's maximum is its initial size, so this view never detaches.
  const memory = new Uint8Array(core.memory.buffer) as Uint8Array<ArrayBuffer>;
  const copy = createCopier();
  const layout: Layout = {
    hops: addressOf(core.HOPS),
    hopBytes: addressOf(core.HOP_BYTES),
    trust: addressOf(core.TRUST),
    trustEnd: addressOf(core.TRUST) + addressOf(core.TRUST_BYTES),
  };

  /** The signatures that the host must check: their signed text is in the chain, which is not kept. */
  function readPending(snapshot: Snapshot): PendingSignature[] {
    const pending: PendingSignature[] = [];
    for (let hop = 0; hop < snapshot.hops; hop++) {
      if (snapshot.word(hop, RECORD.verifier) !== BY_HOST) continue;
      pending.push({
        hop,
        alg: ALGORITHM_NAMES[snapshot.word(hop, RECORD.algorithm) - 1] as Algorithm,
        signed: memory.slice(snapshot.word(hop, RECORD.jwsStart), snapshot.word(hop, RECORD.signedEnd)),
        signature: Uint8Array.from(snapshot.segment(hop, RECORD.signature)),
        key: readPendingKey(snapshot, hop),
      });
    }
    return pending;
  }

  function readPendingKey(snapshot: Snapshot, hop: number): PendingSignature["key"] {
    if (snapshot.word(hop, RECORD.algorithm) === ALGORITHMS.EdDSA) {
      return { publicKey: snapshot.bytes(hop, RECORD.signer, 32) };
    }
    if (hop === 0) return { issuer: snapshot.word(0, RECORD.issuer), index: snapshot.word(0, RECORD.keyIndex) };
    const coordinate = (offset: number): string => toBase64url(snapshot.bytes(hop - 1, RECORD.key + offset, 32));
    return { x: coordinate(0), y: coordinate(32) };
  }

  /** The scope in force at hop 0: the token's, or the default of its issuer's anchor. */
  function readRootScope(snapshot: Snapshot): string {
    const [start, length] = [snapshot.word(0, RECORD.scope), snapshot.word(0, RECORD.scope + 4)];
    const isDefault = start >= layout.trust && start < layout.trustEnd;
    return isDefault ? strictUtf8.decode(memory.subarray(start, start + length)) : "";
  }

  return (code) => {
    if (code !== 0) {
      const rule = RULES[code] as ChainRule;
      const member = MEMBERS[core.failedMember()] || undefined;
      const [issuer] = new Uint32Array(memory.buffer, layout.hops + RECORD.issuer, 1);
      const known = rule === "key_unknown" || rule === "typ_not_accepted" ? issuer : undefined;
      return { ok: false, rule, hop: addressOf(core.failedHop), member, issuer: known };
    }
    const snapshot = new Snapshot(
      addressOf(core.hopCount),
      layout,
      copy(memory.subarray(layout.hops, addressOf(core.decodedEnd))),
    );
    return new RecordedChain(snapshot, readPending(snapshot), readRootScope(snapshot), sha256);
  };
}
