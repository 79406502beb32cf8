/** Describes a valibot schema: every field with its type, unit and default. */
import type * as v from "valibot";
import type { FieldMetadata } from "../../worker/config/fields.ts";

export interface Field {
  /** Its path, as in `routes[].ttl`; `NAME` is a name that the reader chooses. */
  readonly path: string;
  readonly type: string;
  /** Undefined if the field is required or has none. */
  readonly default: string | undefined;
  readonly required: boolean;
  /** The schema of its values. */
  readonly schema: v.GenericSchema;
}

/** Members of valibot's schemas other than their types. */
interface Node {
  readonly kind: string;
  readonly type: string;
  readonly pipe?: readonly (Node & { readonly requirement?: unknown; readonly metadata?: FieldMetadata })[];
  readonly entries?: Readonly<Record<string, Node>>;
  readonly item?: Node;
  readonly key?: Node;
  readonly value?: Node;
  readonly wrapped?: Node;
  readonly default?: unknown;
  readonly options?: readonly unknown[];
  readonly literal?: string;
}

/** Every field of a schema of tables, in order, with the fields of nested tables after them. */
export function fieldsOf(schema: v.GenericSchema): Field[] {
  return entriesOf(schema as unknown as Node, "");
}

function entriesOf(node: Node, prefix: string): Field[] {
  if (node.type === "variant") return variantsOf(node, prefix);
  return Object.entries(node.entries ?? {}).flatMap(([name, entry]) => fieldOf(`${prefix}${name}`, entry));
}

/** Fields of every kind of a table; the kind is in parentheses if not all kinds have the field. */
function variantsOf({ options = [] }: Node, prefix: string): Field[] {
  const kinds = (options as Node[]).map(({ entries = {} }) => [entries["kind"]?.literal as string, entries] as const);
  const names = [...new Set(kinds.flatMap(([, entries]) => Object.keys(entries)))];
  return names.flatMap((name) => {
    const having = kinds.filter(([, entries]) => name in entries);
    const first = having[0]?.[1][name] as Node;
    if (name === "kind")
      return [
        { ...leafOf(`${prefix}kind`, first), type: having.map(([kind]) => quote(kind)).join(", "), default: undefined },
      ];
    const where = having.length === kinds.length ? "" : ` (${having.map(([kind]) => kind).join(", ")})`;
    return fieldOf(`${prefix}${name}${where}`, first);
  });
}

function fieldOf(path: string, entry: Node): Field[] {
  const node = entry.wrapped ?? entry;
  const table = tableIn(node, path);
  return [leafOf(path, entry), ...(table === undefined ? [] : entriesOf(table.node, table.prefix))];
}

/** The table of a field: itself, each of a list, or each under a name. */
function tableIn(node: Node, path: string): { node: Node; prefix: string } | undefined {
  if (node.type === "strict_object" || node.type === "variant") return { node, prefix: `${path}.` };
  if (node.type === "array" && node.item?.type === "strict_object") return { node: node.item, prefix: `${path}[].` };
  const value = node.type === "record" ? node.value : undefined;
  const key = node.key?.options === undefined ? "NAME" : "METHOD";
  return value?.type === "strict_object" ? { node: value, prefix: `${path}.${key}.` } : undefined;
}

function leafOf(path: string, entry: Node): Field {
  const node = entry.wrapped ?? entry;
  const given = entry.type === "optional" ? entry.default : undefined;
  const isTable = tableIn(node, path) !== undefined && JSON.stringify(given) === "{}";
  return {
    path,
    type: typeOf(node),
    default: given === undefined || isTable ? undefined : JSON.stringify(given),
    required: entry.type !== "optional",
    schema: node as unknown as v.GenericSchema,
  };
}

function typeOf(node: Node): string {
  const { form, unit } = metadataOf(node);
  switch (node.type) {
    case "string":
      return form ?? "string";
    case "number":
      return `${unit ?? "number"}${rangeOf(node)}`;
    case "boolean":
      return "true or false";
    case "picklist":
      return (node.options as string[]).map(quote).join(", ");
    case "array":
      return node.item?.type === "strict_object" ? "tables" : `list of ${typeOf(node.item as Node)}`;
    case "record":
      return `table of ${typeOf(node.value as Node)}`;
    case "union":
      return (node.options as Node[]).map(typeOf).join(", or ");
    case "date":
      return "date";
    case "literal":
      return quote(node.literal as string);
    case "loose_object":
      return "JWK";
    default:
      return "table";
  }
}

function metadataOf({ pipe = [] }: Node): FieldMetadata {
  return Object.assign({}, ...pipe.map(({ metadata }) => metadata ?? {}));
}

function rangeOf({ pipe = [] }: Node): string {
  const bound = (type: string): unknown => pipe.find((action) => action.type === type)?.requirement;
  const [least, most] = [bound("min_value"), bound("max_value")];
  if (least === undefined) return "";
  return most === undefined ? ` (${least} or more)` : ` (${least} to ${most})`;
}

function quote(text: string): string {
  return `\`"${text}"\``;
}
