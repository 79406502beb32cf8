/**
 * A server's message for the client: lists contain only what the client may call, and handles are bound to it.
 * Everything else is passed on unchanged.
 */
import type { HandleKind } from "./handle.ts";
import type { Json } from "./message.ts";
import type { Method } from "./methods.ts";
import { isObject, META } from "./revision.ts";

export type ListName = NonNullable<Method["lists"]>;
const LISTS: readonly ListName[] = ["tools", "prompts", "resources", "resourceTemplates"];

export interface AnswerTerms {
  /** The list that was requested; all lists on a stream that does not answer one request. */
  readonly lists: ListName | "all" | undefined;
  /** Whether the client could use an element of a list. */
  keeps(list: ListName, element: Json): Promise<boolean>;
  seal(kind: HandleKind, value: string): Promise<string>;
  /** Milliseconds for which a list may be cached, if the revision supports it. */
  readonly mostTtl: number | undefined;
}

/** The same object if nothing changes. */
export async function answerFor(message: Json, terms: AnswerTerms): Promise<Json> {
  const { result, method, params } = message;
  if (isObject(result)) {
    const told = await resultFor(result, terms);
    return told === result ? message : { ...message, result: told };
  }
  if (typeof method !== "string" || !isObject(params)) return message;
  const related = await withRelatedTask(params, terms);
  const told = /^notifications\/tasks(\/|$)/.test(method) ? await withTaskId(related, terms) : related;
  return told === params ? message : { ...message, params: told };
}

/** Whether a message answers a request, and says that it failed. */
export function failsRequest(message: Json, id: string | number | undefined): boolean {
  if (id === undefined || message["id"] !== id) return false;
  return message["error"] !== undefined || (isObject(message["result"]) && message["result"]["isError"] === true);
}

async function resultFor(result: Json, terms: AnswerTerms): Promise<Json> {
  let told = await withRelatedTask(result, terms);
  if (typeof told["status"] === "string") told = await withTaskId(told, terms);
  const { task, requestState: state } = told;
  if (isObject(task)) {
    const own = await withTaskId(task, terms);
    if (own !== task) told = { ...told, task: own };
  }
  if (told["resultType"] === "input_required" && typeof state === "string")
    told = { ...told, requestState: await terms.seal("state", state) };
  const asked = terms.lists === "all" ? LISTS : terms.lists === undefined ? [] : [terms.lists];
  for (const list of asked) if (Array.isArray(told[list])) told = await listFor(told, list, terms);
  return told;
}

/** In the server's order; anything but an object is dropped. */
async function listFor(result: Json, list: ListName, terms: AnswerTerms): Promise<Json> {
  const elements = result[list] as readonly unknown[];
  const kept: unknown[] = [];
  for (const element of elements) if (isObject(element) && (await terms.keeps(list, element))) kept.push(element);
  if (terms.mostTtl === undefined) return { ...result, [list]: kept };
  const { ttlMs } = result;
  const ttl = typeof ttlMs === "number" && ttlMs > 0 ? Math.min(ttlMs, terms.mostTtl) : 0;
  // The list is for this client only (2026-07-28, Caching, "Cache Scope Field").
  return { ...result, [list]: kept, ttlMs: ttl, cacheScope: "private" };
}

async function withTaskId(object: Json, { seal }: AnswerTerms): Promise<Json> {
  const { taskId } = object;
  return typeof taskId === "string" ? { ...object, taskId: await seal("task", taskId) } : object;
}

async function withRelatedTask(object: Json, terms: AnswerTerms): Promise<Json> {
  const meta = object["_meta"];
  const related = isObject(meta) ? meta[META.relatedTask] : undefined;
  if (!isObject(meta) || !isObject(related)) return object;
  return { ...object, _meta: { ...meta, [META.relatedTask]: await withTaskId(related, terms) } };
}
