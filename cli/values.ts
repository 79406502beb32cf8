/**
 * Values of arguments as people write them: `300.0000` instead of Cedar's
 * `{"__extn":{"fn":"decimal","arg":"300.0000"}}`.
 */

export function valueText(value: unknown): string {
  const { __extn: extension } = (typeof value === "object" && value !== null ? value : {}) as {
    __extn?: { arg: string };
  };
  return extension === undefined ? JSON.stringify(value) : extension.arg;
}

/** `order="17", amount=300.0000` */
export function argumentsText(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(", ");
}
