/** Cedar's extension types: their syntax and their methods. */
import { type IpRange, parseIp } from "./ip.ts";
import { EvaluationError, type Long, toLong } from "./long.ts";
import { parseDatetime, parseDuration } from "./time.ts";

/** `key` is the same exactly for equal values; `exact` orders those that have an order. */
export type Extension =
  | { readonly kind: "decimal" | "datetime" | "duration"; readonly key: string; readonly exact: bigint }
  | { readonly kind: "ipaddr"; readonly key: string; readonly range: IpRange };

type Ordered = Extract<Extension, { exact: bigint }>;
type Ip = Extract<Extension, { range: IpRange }>;

/** Calls a constructor on its text: `ip("10.0.0.0/8")`. */
export function makeExtension(fn: string, text: unknown): Extension {
  if (typeof text !== "string") throw new EvaluationError(`${fn} takes a string`);
  switch (fn) {
    case "decimal":
      return ordered("decimal", parseDecimal(text));
    case "datetime":
      return ordered("datetime", parseDatetime(text));
    case "duration":
      return ordered("duration", parseDuration(text));
    case "ip": {
      const range = parseIp(text);
      if (range === undefined) throw new EvaluationError("not an IP address or range");
      return { kind: "ipaddr", key: `${range.bits}:${range.address}/${range.prefix}`, range };
    }
    default:
      throw new EvaluationError(`no extension function ${fn}`);
  }
}

export const CONSTRUCTORS: ReadonlySet<string> = new Set(["decimal", "datetime", "duration", "ip"]);

/** 64-bit like all of Cedar's numbers. */
function ordered(kind: Ordered["kind"], exact: bigint | undefined): Ordered {
  if (exact === undefined) throw new EvaluationError(`not a ${kind}`);
  toLong(exact);
  return { kind, key: String(exact), exact };
}

/** One to four decimals, kept as ten-thousandths. */
function parseDecimal(text: string): bigint | undefined {
  const [, sign, whole, fraction] = /^(-?)(\d+)\.(\d{1,4})$/.exec(text) ?? [];
  if (whole === undefined || fraction === undefined) return undefined;
  const magnitude = BigInt(whole + fraction.padEnd(4, "0"));
  return sign === "-" ? -magnitude : magnitude;
}

type Method = (self: Extension, argument: Extension | undefined) => boolean | Long | Extension;

function compareDecimals(test: (a: bigint, b: bigint) => boolean): Method {
  return (a, b) => test(expect("decimal", a).exact, expect("decimal", b).exact);
}

const DAY = 86_400_000n;

/** Rounds toward minus infinity, as midnight does. */
function startOfDay(milliseconds: bigint): bigint {
  const rest = milliseconds % DAY;
  return milliseconds - (rest < 0n ? rest + DAY : rest);
}

function inUnits(milliseconds: bigint): Method {
  return (self) => toLong(expect("duration", self).exact / milliseconds);
}

/** Methods by name; arity counts the receiver. */
export const METHODS: Readonly<Record<string, { readonly arity: 1 | 2; readonly call: Method }>> = {
  lessThan: { arity: 2, call: compareDecimals((a, b) => a < b) },
  lessThanOrEqual: { arity: 2, call: compareDecimals((a, b) => a <= b) },
  greaterThan: { arity: 2, call: compareDecimals((a, b) => a > b) },
  greaterThanOrEqual: { arity: 2, call: compareDecimals((a, b) => a >= b) },
  isIpv4: { arity: 1, call: (self) => expectIp(self).range.bits === 32 },
  isIpv6: { arity: 1, call: (self) => expectIp(self).range.bits === 128 },
  isLoopback: {
    arity: 1,
    call: (self) => {
      const { range } = expectIp(self);
      if (range.bits === 32) return range.address >> 24n === 127n && range.prefix >= 8;
      return range.address === 1n && range.prefix === 128;
    },
  },
  isMulticast: {
    arity: 1,
    call: (self) => {
      const { range } = expectIp(self);
      if (range.bits === 32) return range.address >> 28n === 0xen && range.prefix >= 4;
      return range.address >> 120n === 0xffn && range.prefix >= 8;
    },
  },
  isInRange: {
    arity: 2,
    call: (a, b) => {
      const [inner, outer] = [expectIp(a).range, expectIp(b).range];
      return inner.bits === outer.bits && outer.first <= inner.first && inner.last <= outer.last;
    },
  },
  offset: {
    arity: 2,
    call: (a, b) => ordered("datetime", expect("datetime", a).exact + expect("duration", b).exact),
  },
  durationSince: {
    arity: 2,
    call: (a, b) => ordered("duration", expect("datetime", a).exact - expect("datetime", b).exact),
  },
  toDate: { arity: 1, call: (self) => ordered("datetime", startOfDay(expect("datetime", self).exact)) },
  toTime: {
    arity: 1,
    call: (self) => {
      const { exact } = expect("datetime", self);
      return ordered("duration", exact - startOfDay(exact));
    },
  },
  toMilliseconds: { arity: 1, call: inUnits(1n) },
  toSeconds: { arity: 1, call: inUnits(1000n) },
  toMinutes: { arity: 1, call: inUnits(60_000n) },
  toHours: { arity: 1, call: inUnits(3_600_000n) },
  toDays: { arity: 1, call: inUnits(DAY) },
};

function expect(kind: Ordered["kind"], value: Extension | undefined): Ordered {
  if (value?.kind !== kind || !("exact" in value)) throw new EvaluationError(`expected a ${kind}`);
  return value;
}

function expectIp(value: Extension | undefined): Ip {
  if (value?.kind !== "ipaddr") throw new EvaluationError("expected an ipaddr");
  return value;
}
