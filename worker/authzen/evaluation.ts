/** What an evaluation of the AuthZEN Authorization API 1.0 says, and the request that it is about. Nothing in it is verified. */
import * as v from "valibot";
import { type JsonObject, readStrictObject } from "../trust/strict-json.ts";

const text = v.pipe(v.string(), v.minLength(1));

/** Unknown members are ignored, as section "JSON Serialization" of the specification says; a list is not an object. */
const object = <T extends v.ObjectEntries>(members: T) =>
  v.pipe(
    v.unknown(),
    v.check((value) => !Array.isArray(value)),
    v.object(members),
  );

const Subject = object({
  type: text,
  id: text,
  properties: v.optional(object({ issuer: v.optional(text), chain: v.optional(text) }), {}),
});
const Action = object({
  name: text,
  properties: v.optional(object({ method: v.optional(text) }), {}),
});
const Resource = object({
  type: text,
  id: text,
  properties: v.optional(object({ uri: v.optional(text) }), {}),
});
const Context = object({
  /** A DPoP proof of the chain, for method and URI. */
  proof: v.optional(text),
  ip: v.optional(text),
  /** The approval that the caller names. */
  approval: v.optional(text),
});

const Evaluation = object({
  subject: Subject,
  action: Action,
  resource: Resource,
  context: v.optional(Context, {}),
});
export type Evaluation = v.InferOutput<typeof Evaluation>;

const SEMANTICS = ["execute_all", "deny_on_first_deny", "permit_on_first_permit"] as const;
export type Semantics = (typeof SEMANTICS)[number];

/** Most evaluations in one call: each costs as much as a request. */
const MOST = 32;

const Several = object({
  evaluations: v.optional(v.pipe(v.array(v.record(v.string(), v.unknown())), v.maxLength(MOST)), []),
  options: v.optional(object({ evaluations_semantic: v.optional(v.picklist(SEMANTICS), "execute_all") }), {}),
});

export interface Evaluations {
  /** Undefined if the call is a single evaluation, which is answered as such. */
  readonly semantics: Semantics | undefined;
  readonly evaluations: readonly [Evaluation, ...Evaluation[]];
}

/** The body of a call cannot be used. The message names the field, and may be shown to the caller. */
export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
}

/** @throws EvaluationError */
export function readEvaluation(body: Uint8Array): Evaluation {
  return readAs(Evaluation, readBody(body), "");
}

/**
 * Each evaluation, completed by the defaults of the call: a member of its own replaces the whole default.
 *
 * @throws EvaluationError
 */
export function readEvaluations(body: Uint8Array): Evaluations {
  const document = readBody(body);
  const { evaluations, options } = readAs(Several, document, "");
  const [first, ...rest] = evaluations.map((own, index) =>
    readAs(Evaluation, { ...document, ...own }, `evaluations[${index}].`),
  );
  if (first === undefined) return { semantics: undefined, evaluations: [readAs(Evaluation, document, "")] };
  const { evaluations_semantic: semantics = "execute_all" } = options;
  return { semantics, evaluations: [first, ...rest] };
}

function readBody(body: Uint8Array): JsonObject {
  try {
    return readStrictObject(body, { depth: 16, members: 256 });
  } catch (cause) {
    throw new EvaluationError("the body is not a JSON object that every parser reads the same way", { cause });
  }
}

function readAs<S extends v.GenericSchema>(schema: S, value: unknown, where: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const path = v.getDotPath(result.issues[0]) ?? "the body";
  throw new EvaluationError(`\`${where}${path}\` is missing, or not of the type and length that it must have`);
}
