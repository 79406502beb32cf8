/** Gauges, read when the metrics are requested. */
import type { Readiness } from "./health.ts";
import type { Level } from "./prometheus.ts";

/** Notices that wait to be delivered; undefined if unknown. */
export interface NoticeBacklog {
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly oldest: number | undefined;
}

/** @param now milliseconds since the epoch */
export function levelsOf(readiness: Readiness, notices: NoticeBacklog | undefined, now: number): Level[] {
  const { status, ledger, policies_confirmed: confirmed, issuers, revocations } = readiness;
  const since = (time: number | string | undefined): number =>
    time === undefined ? 0 : Math.max(0, (now - new Date(time).getTime()) / 1000);
  const known = <T>(value: T | undefined, levels: (value: T) => Level[]): Level[] =>
    value === undefined ? [] : levels(value);
  return [
    { name: "hopgate.ready", value: status === "ready" ? 1 : 0 },
    ...known(confirmed, (time) => [{ name: "hopgate.policies.age", value: since(time) }]),
    { name: "hopgate.ledger.failing", value: since(ledger.failing_since) },
    ...known(ledger.waiting, (value): Level[] => [
      { name: "hopgate.ledger.waiting", value },
      { name: "hopgate.ledger.waiting.age", value: since(ledger.since) },
    ]),
    ...known(notices, ({ count, oldest }): Level[] => [
      { name: "hopgate.notices.waiting", value: count },
      { name: "hopgate.notices.waiting.age", value: since(oldest) },
    ]),
    ...known(revocations.pending, (value) => [{ name: "hopgate.revocations.pending", value }]),
    ...issuers.flatMap(({ issuer, keys, fetched }): Level[] => {
      const attributes = { "hopgate.issuer": issuer };
      return [
        { name: "hopgate.issuer.keys", attributes, value: keys },
        ...known(fetched, (time): Level[] => [{ name: "hopgate.issuer.keys.age", attributes, value: since(time) }]),
      ];
    }),
  ];
}
