/** OTLP 1.x in JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */

export function otlpAttributes(values: Readonly<Record<string, string | number | undefined>>): object[] {
  return Object.entries(values).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return [{ key, value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value } }];
  });
}

/** @param milliseconds since the epoch */
export function nanoseconds(milliseconds: number): string {
  return `${milliseconds}000000`;
}
