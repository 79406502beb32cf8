/** Removes the parts of a vendor's answer that a caller may not see. Pure. */

interface SourceContext {
  readonly source?: string;
}
type Reviver = (key: string, value: unknown, context: SourceContext) => unknown;
/** TC39 "JSON.parse source text access", implemented in V8. */
const SourceJson = JSON as unknown as {
  parse(text: string, reviver: Reviver): unknown;
  rawJSON(text: string): unknown;
};

/**
 * Removes members from a JSON text. Numbers stay as they are written, including those that a double cannot represent.
 *
 * @param fields paths such as `contacts.*.phone`, where `*` means every member or element
 * @throws SyntaxError if the text is not JSON
 */
export function withoutFields(text: string, fields: readonly string[]): string {
  const value = SourceJson.parse(text, (_, each, { source }) =>
    typeof each === "number" && source !== undefined ? SourceJson.rawJSON(source) : each,
  );
  for (const field of fields) remove(value, field.split("."));
  return JSON.stringify(value);
}

function remove(value: unknown, [name, ...rest]: readonly string[]): void {
  if (typeof value !== "object" || value === null || name === undefined) return;
  // A path need not name a list's elements: `phone` applies to each element of `[{...}]`.
  if (Array.isArray(value)) {
    for (const element of value) remove(element, name === "*" && rest.length > 0 ? rest : [name, ...rest]);
    return;
  }
  const members = value as Record<string, unknown>;
  const names = name === "*" ? Object.keys(members) : Object.hasOwn(members, name) ? [name] : [];
  for (const each of names) {
    if (rest.length === 0) delete members[each];
    else remove(members[each], rest);
  }
}
