/** base64url without padding (RFC 4648, section 5). */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export function toBase64url(data: Uint8Array): string {
  let text = "";
  for (let i = 0; i < data.length; i += 3) {
    const a = data[i] as number;
    const b = data[i + 1];
    const c = data[i + 2];
    text += digit(a >> 2) + digit(((a & 3) << 4) | ((b ?? 0) >> 4));
    if (b !== undefined) text += digit(((b & 15) << 2) | ((c ?? 0) >> 6));
    if (c !== undefined) text += digit(c & 63);
  }
  return text;
}

function digit(value: number): string {
  return ALPHABET[value] as string;
}
