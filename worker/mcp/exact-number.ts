/** Whether every JSON parser reads a number as the same value (RFC 8259, section 6). Pure. */

/** Most characters of a number: no double needs more, and the limit bounds the work. */
const MOST = 64;

/**
 * Parsers with doubles, 64-bit integers and decimals agree on a whole number within 2^53, and on a decimal that
 * survives conversion to a double.
 *
 * @param source the number as written, already known to be JSON
 * @param value what `JSON.parse` made of it
 */
export function isExact(source: string, value: number): boolean {
  if (source.length > MOST || !Number.isFinite(value) || Object.is(value, -0)) return false;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false;
  return normalForm(source) === normalForm(String(value));
}

/** Sign, digits without zeros around them, and the power of ten: `12.50` and `1.25e1` are both `125e-1`. */
function normalForm(number: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = whole + fraction;
  let [start, end] = [0, digits.length];
  while (digits[start] === "0") start += 1;
  while (end > start && digits[end - 1] === "0") end -= 1;
  if (start === end) return `${sign}0`;
  return `${sign}${digits.slice(start, end)}e${Number(exponent) - fraction.length + digits.length - end}`;
}
