/** What is wrong with a field, in words that replace the validator's own. */
import type * as v from "valibot";

/** `routes[0].upstream: must be a URL` */
export function messageOf(issue: v.BaseIssue<unknown>): string {
  const path = pathOf(issue.path ?? []);
  if (issue.type === "strict_object" && issue.expected === "never") {
    const name = String((issue.path ?? []).at(-1)?.key);
    const parent = pathOf((issue.path ?? []).slice(0, -1));
    return `${parent === "" ? "" : `${parent}: `}unknown field \`${name}\``;
  }
  return path === "" ? objectionOf(issue) : `${path}: ${objectionOf(issue)}`;
}

function objectionOf({ type, message, expected, received, requirement, input }: v.BaseIssue<unknown>): string {
  if (!message.startsWith("Invalid ")) return message;
  if (received === "undefined") return "is required";
  // The value is never repeated: it may be a secret that was put here by mistake.
  switch (type) {
    case "string":
      return "must be a text";
    case "number":
      return "must be a number";
    case "integer":
    case "safe_integer":
      return "must be a whole number";
    case "boolean":
      return "must be true or false";
    case "array":
      return "must be a list";
    case "strict_object":
    case "loose_object":
    case "record":
      return "must be a table";
    case "min_value":
      return `must be at least ${requirement}`;
    case "max_value":
      return `must be at most ${requirement}`;
    case "min_length":
      return Array.isArray(input) ? `needs at least ${requirement}` : "must not be empty";
    case "max_length":
      return `must have at most ${requirement} characters`;
    case "picklist":
    case "literal":
    case "variant":
      return `must be ${expected?.replace(/[()"]/g, "").replaceAll(" | ", " or ")}`;
    default:
      return "has the wrong type";
  }
}

function pathOf(items: readonly { readonly key?: unknown }[]): string {
  return items.reduce<string>(
    (path, { key }) =>
      typeof key === "number" ? `${path}[${key}]` : path === "" ? String(key) : `${path}.${String(key)}`,
    "",
  );
}
