/** `[routes.tools]`: tools of an MCP server, each an action of the policies. */
import * as v from "valibot";
import { missingSource } from "./details.ts";
import { ARGUMENT_TYPES } from "./fields.ts";
import { Operation } from "./operation.ts";

/** Types of arguments that policies can use; with `?` an argument may be absent. `strings` is a set. */
const TYPES = [...ARGUMENT_TYPES, "strings", "strings?"] as const;

const long = v.pipe(v.number(), v.safeInteger());

/** The part after `Mcp-Param-` of the header that mirrors an argument (`x-mcp-header`; RFC 9110, section 5.1). */
const header = v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]+$/, "must be the name of a header"), v.toLowerCase());

/** Range of a whole number; by default that of 32 bits (worker/mcp/tool-call.ts). */
const Described = v.pipe(
  v.strictObject({
    type: v.picklist(TYPES),
    min: v.optional(long),
    max: v.optional(long),
    header: v.optional(header),
  }),
  v.check(
    ({ type, min, max }) => /^long/.test(type) || (min ?? max) === undefined,
    "has bounds, which only a long has",
  ),
  v.check(({ min, max }) => min === undefined || max === undefined || min <= max, "has a min above its max"),
  v.check(
    ({ type, header: mirrored }) => mirrored === undefined || /^(string|long|bool)/.test(type.replace("strings", "")),
    "has a header, which only a string, a long or a bool has",
  ),
);

const Argument = v.union([v.picklist(TYPES), Described]);
export type Argument = v.InferOutput<typeof Argument>;

const pin = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/, "must be SHA-256 in base64url"));

export const Tool = v.pipe(
  v.strictObject({
    ...Operation.entries,
    /**
     * Arguments that policies see, checked by type; policies do not see others, which still go to the tool and to
     * approvers.
     */
    arguments: v.optional(v.record(v.string(), Argument), {}),
    /** People's answers to questions of the tool, `<name of the question>.<member>`, as optional arguments. */
    inputs: v.optional(
      v.record(v.pipe(v.string(), v.regex(/^[^.]+\..+$/, "must be <question>.<member>")), Argument),
      {},
    ),
    /**
     * SHA-256 of the tool's definition as it was reviewed (`hopgate tools import`), one for each protocol revision in
     * which the server describes it differently. A tool with another definition is neither listed nor called.
     */
    pin: v.optional(v.union([pin, v.pipe(v.array(pin), v.minLength(1))])),
  }),
  v.check(
    ({ details, arguments: declared }) => missingSource(details, "arguments", Object.keys(declared)) === undefined,
    "needs details of an argument that it does not declare",
  ),
);
export type Tool = v.InferOutput<typeof Tool>;
