/** IP addresses and ranges as Cedar writes them: strict dotted or colon form, with an optional prefix length. */

export interface IpRange {
  readonly bits: 32 | 128;
  /** The address as written: ranges are equal when this and the prefix are. */
  readonly address: bigint;
  readonly prefix: number;
  readonly first: bigint;
  readonly last: bigint;
}

export function parseIp(text: string): IpRange | undefined {
  const [literal = "", suffix, ...rest] = text.split("/");
  const bits = literal.includes(":") ? 128 : 32;
  const address = bits === 32 ? parseV4(literal) : parseV6(literal);
  if (address === undefined || rest.length > 0) return undefined;
  if (suffix !== undefined && !/^(0|[1-9]\d{0,2})$/.test(suffix)) return undefined;
  const prefix = suffix === undefined ? bits : Number(suffix);
  if (prefix > bits) return undefined;
  const free = (1n << BigInt(bits - prefix)) - 1n;
  return { bits, address, prefix, first: address & ~free, last: address | free };
}

function parseV4(text: string): bigint | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  if (!octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256)) return undefined;
  return octets.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
}

/** RFC 4291, section 2.2, forms 1 and 2; Cedar does not accept a dotted tail. */
function parseV6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<string>(missing).fill("0"), ...tail];
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}
