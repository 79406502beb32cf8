/** What the compiled core exports (wasm/assembly/index.ts). */

export type Address = WebAssembly.Global;
export interface CoreExports {
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
  readonly TRUST: Address;
  readonly TRUST_BYTES: Address;
  readonly decodedEnd: Address;
  readonly failedHop: Address;
  readonly hopCount: Address;
  readonly proofOutcome: Address;
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
  verifyChain(
    size: number,
    maxBytes: number,
    maxHops: number,
    now: number,
    skew: number,
    defer: number,
    proven: number,
  ): number;
  holdProof(): void;
  verifyProof(defer: number): number;
}

/** An exported address or number. */
export function addressOf(address: Address): number {
  return address.value as number;
}
