/** Cedar's datetime and duration literals (Cedar RFC 80), both in milliseconds. */

const DATETIME = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{3}))?(?:Z|([+-])(\d\d)(\d\d)))?$/;

/** A day, or a day with a time to the second or millisecond in UTC or at an offset. */
export function parseDatetime(text: string): bigint | undefined {
  const match = DATETIME.exec(text);
  if (match === null) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  if (part(4) > 23 || part(5) > 59 || part(6) > 59 || part(9) > 23 || part(10) > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(part(4), part(5), part(6), part(7));
  const offset = (part(9) * 60 + part(10)) * 60_000 * (match[8] === "-" ? -1 : 1);
  return BigInt(date.getTime() - offset);
}

const DURATION = /^(-?)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNITS = [86_400_000n, 3_600_000n, 60_000n, 1000n, 1n];

/** Days, hours, minutes, seconds and milliseconds, each at most once and in this order. */
export function parseDuration(text: string): bigint | undefined {
  const match = DURATION.exec(text);
  if (match === null || match.slice(2).every((part) => part === undefined)) return undefined;
  const magnitude = UNITS.reduce((sum, unit, index) => sum + unit * BigInt(match[index + 2] ?? 0), 0n);
  return match[1] === "-" ? -magnitude : magnitude;
}
