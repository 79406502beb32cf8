/** The message for the server: with the server's own handles instead of those bound to their holder. */
import canonicalize from "canonicalize";
import { HopError } from "../errors.ts";
import type { Spoken } from "../presentation.ts";
import type { Handles, Owner } from "./handle.ts";
import type { Json } from "./message.ts";
import { isObject, META } from "./revision.ts";

/** Questions that the gateway itself asks the client: to open the page of an approval, or of an account to connect. */
export const APPROVAL_QUESTION = "hopgate/approval";
export const CONNECT_QUESTION = "hopgate/connect";

/** What the client's earlier try contained, and its retry after a page does not. */
export interface PutAside {
  readonly requestState?: unknown;
  readonly inputResponses?: unknown;
}

/** What `requestState` is bound to: this call, with these arguments. */
export function callText({ method, params }: Spoken["message"]): string {
  const { name, uri, arguments: given } = isObject(params) ? params : {};
  try {
    return canonicalize({ method, name, uri, arguments: given }) as string;
  } catch (cause) {
    throw new HopError("message_unreadable", { cause });
  }
}

/**
 * The same object if it contains no handle.
 *
 * @throws HopError `handle_foreign`
 */
export async function withOwnHandles(spoken: Spoken, owner: Owner, handles: Handles): Promise<Spoken> {
  const { whole, method, params } = spoken.message;
  const open = async (sealed: unknown): Promise<string> => {
    const value = typeof sealed === "string" ? await handles.open("task", sealed, owner) : undefined;
    if (value === undefined) throw new HopError("handle_foreign");
    return value;
  };
  if (method === undefined) {
    const result = isObject(whole["result"]) ? await withRelatedTask(whole["result"], open) : whole["result"];
    return result === whole["result"] ? spoken : replaced(spoken, { ...whole, result });
  }
  if (!isObject(params)) return spoken;
  let next = await withRelatedTask(params, open);
  if (/^tasks\//.test(method)) next = { ...next, taskId: await open(next["taskId"]) };
  if (method === "subscriptions/listen") next = await withListenedTasks(next, open);
  if (next["requestState"] === undefined) return next === params ? spoken : withParams(spoken, next);
  return withState(spoken, next, owner, handles);
}

async function withState(spoken: Spoken, params: Json, owner: Owner, handles: Handles): Promise<Spoken> {
  const { requestState: state, ...rest } = params;
  if (typeof state !== "string") throw new HopError("handle_foreign");
  const of = callText(spoken.message);
  const own = await handles.open("state", state, owner, of);
  if (own !== undefined) return withParams(spoken, { ...params, requestState: own });
  const aside = await handles.open("approval", state, owner, of);
  if (aside === undefined) throw new HopError("handle_foreign");
  const { inputResponses: answers, ...asked } = rest;
  const declined = [APPROVAL_QUESTION, CONNECT_QUESTION].some((question) => {
    const answer = isObject(answers) ? answers[question] : undefined;
    return isObject(answer) && answer["action"] !== "accept";
  });
  return { ...withParams(spoken, { ...asked, ...(JSON.parse(aside) as PutAside) }), declined };
}

type Open = (sealed: unknown) => Promise<string>;

async function withRelatedTask(object: Json, open: Open): Promise<Json> {
  const meta = object["_meta"];
  const related = isObject(meta) ? meta[META.relatedTask] : undefined;
  if (!isObject(meta) || !isObject(related)) return object;
  const own = { ...related, taskId: await open(related["taskId"]) };
  return { ...object, _meta: { ...meta, [META.relatedTask]: own } };
}

async function withListenedTasks(params: Json, open: Open): Promise<Json> {
  const filter = params["notifications"];
  const tasks = isObject(filter) ? filter["taskIds"] : undefined;
  if (!isObject(filter) || tasks === undefined) return params;
  if (!Array.isArray(tasks)) throw new HopError("handle_foreign");
  return { ...params, notifications: { ...filter, taskIds: await Promise.all(tasks.map(open)) } };
}

function withParams(spoken: Spoken, params: Json): Spoken {
  return replaced(spoken, { ...spoken.message.whole, params });
}

function replaced(spoken: Spoken, whole: Json): Spoken {
  return { ...spoken, message: { ...spoken.message, params: whole["params"], whole } };
}
