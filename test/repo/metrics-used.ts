/** Which metrics the files of ops/ ask for, and which there are. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { INSTRUMENTS, type InstrumentName, instrument, prometheusName } from "../../worker/telemetry/instruments.ts";

/** Names of series in the queries of a file: what is left of them without labels. */
export function metricsUsed(file: string): string[] {
  const text = readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), "utf8");
  const queries = file.endsWith(".json")
    ? (JSON.parse(text) as { panels: { targets: { expr: string }[] }[] }).panels.flatMap(({ targets }) =>
        targets.map(({ expr }) => expr),
      )
    : [...text.matchAll(/^ +expr: '(.*)'$/gm)].map(([, query]) => query as string);
  const names = queries.flatMap((query) => {
    const plain = query.replace(/\{[^}]*\}/g, "").replace(/\bby \([^)]*\)/g, "");
    return plain.match(/\b(hopgate|http|db)_\w+/g) ?? [];
  });
  return [...new Set(names)];
}

/** Names of every series that /metrics can have. */
export function knownMetrics(): string[] {
  return Object.keys(INSTRUMENTS).flatMap((key) => {
    const name = prometheusName(key as InstrumentName);
    return instrument(key as InstrumentName).kind === "histogram"
      ? [`${name}_bucket`, `${name}_sum`, `${name}_count`]
      : [name];
  });
}
