/** The order of the base point. */
export const L = 2n ** 252n + 27742317777372353535851937790883648493n;

/** S + L: the same signature to a verifier that does not check the range of S. */
export function addOrder(scalar: Uint8Array): void {
  let value = 0n;
  for (let i = 31; i >= 0; i--) value = (value << 8n) | BigInt(scalar[i] as number);
  value += L;
  for (let i = 0; i < 32; i++) scalar[i] = Number((value >> BigInt(8 * i)) & 255n);
}
