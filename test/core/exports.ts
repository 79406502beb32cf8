/** Exports of test/core/assembly/arithmetic.ts. */
export interface Arithmetic {
  readonly memory: WebAssembly.Memory;
  isFused(): number;
  multiply(out: number, a: number, b: number): void;
  square(out: number, a: number): void;
  multiplyIntegers(out: number, a: number, b: number): void;
  squareIntegers(out: number, a: number): void;
  invert(out: number, a: number): void;
  toBytes(to: number, a: number): void;
  decodeBase64url(to: number, from: number, length: number): number;
  find(byte: number, from: number, end: number): number;
  findSpecial(from: number, end: number): number;
  setLane(lane: number, from: number, length: number, prefix: number): void;
  hashLanes(lanes: number): void;
  hashPrefixes(lanes: number): void;
  digestOf(lane: number, to: number): void;
  useArithmetic(fusedAllowed: number): number;
  reduce(out: number, hash: number): void;
  toDigits(digits: number, scalar: number, width: number, rows: number): void;
  toNaf(digits: number, scalar: number, width: number): void;
  decode(out: number, from: number): number;
  walkFused(out: number, p: number, steps: number): void;
  walkIntegers(out: number, p: number, steps: number): void;
}
