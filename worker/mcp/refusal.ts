/** Refusals as JSON-RPC (2026-07-28, Base protocol, "Error Codes"), so that a client knows which request failed, and why. Pure. */
import type { HopError } from "../errors.ts";
import type { Spoken } from "../presentation.ts";
import type { Rule } from "../rules.ts";
import { APPROVAL_QUESTION, CONNECT_QUESTION } from "./inbound.ts";
import type { Json } from "./message.ts";
import { MODERN } from "./methods.ts";
import { canOpenPages, META, metaOf } from "./revision.ts";

/** Codes of JSON-RPC and of the protocol. All other rules use the HTTP status as code, which neither of them uses. */
const CODES: Partial<Record<Rule, number>> = {
  message_unreadable: -32600,
  number_inexact: -32600,
  method_unknown: -32601,
  meta_malformed: -32602,
  tool_unknown: -32602,
  tool_argument: -32602,
  handle_foreign: -32602,
  internal: -32603,
  mirror_mismatch: -32020,
  version_unsupported: -32022,
};

const URL_ELICITATION_REQUIRED = -32042;

interface Refused {
  readonly error: HopError;
  readonly status: number;
  /** What every refusal of the gateway contains. */
  readonly members: Json;
}

/** The answer to a request that was refused. @param spoken undefined if no message could be read */
export function refusalMessage(spoken: Spoken | undefined, { error, status, members }: Refused): Json {
  const { rule, description: message } = error;
  // Only revisions in which the same request can be sent again: earlier ones begin with `initialize`.
  const data = {
    ...members,
    ...(rule === "version_unsupported" && {
      supported: [MODERN],
      requested: spoken && metaOf(spoken.message)[META.version],
    }),
  };
  return withId(spoken, { error: { code: CODES[rule] ?? status, message, data } });
}

/** A page on which a person can do what the request needs. */
interface OpenablePage {
  readonly question: string;
  readonly id: string;
  readonly uri: string;
}

/** @param decision the decision's id; a request for an account has no id of its own */
function pageOf({ rule, challenge: { approval, connect } }: HopError, decision: string): OpenablePage | undefined {
  const isAwaited = rule === "approval_required" || rule === "approval_pending";
  if (isAwaited && approval !== undefined) return { question: APPROVAL_QUESTION, id: approval.id, uri: approval.uri };
  return connect && { question: CONNECT_QUESTION, id: decision, uri: connect.uri };
}

/** Whether the client can open the page and send the request again. */
export function asksInClient(spoken: Spoken | undefined, error: HopError): boolean {
  if (spoken?.message.id === undefined || spoken.declined || pageOf(error, "") === undefined) return false;
  if (spoken.revision === MODERN) return canOpenPages(spoken.message);
  return spoken.revision === "2025-11-25";
}

/** @param state of `requestState`, if the revision has one */
export function pageMessage(spoken: Spoken, error: HopError, members: Json, state: string): Json {
  const { question, id, uri } = pageOf(error, String(members["decision"])) as OpenablePage;
  const page = { mode: "url", message: error.message, url: uri, elicitationId: id };
  if (spoken.revision !== MODERN) {
    const data = { ...members, elicitations: [page] };
    return withId(spoken, { error: { code: URL_ELICITATION_REQUIRED, message: error.message, data } });
  }
  const { elicitationId: _, ...params } = page;
  const inputRequests = { [question]: { method: "elicitation/create", params } };
  return withId(spoken, { result: { resultType: "input_required", inputRequests, requestState: state } });
}

/**
 * The last message of a stream that the gateway ends: a subscription ends without an error, any other request has
 * failed.
 */
export function endMessage(
  { message, revision }: Spoken,
  error: { rule: Rule; message: string; status: number },
): Json {
  const { id, method } = message;
  if (revision === MODERN && method === "subscriptions/listen")
    return { jsonrpc: "2.0", id, result: { resultType: "complete", _meta: { [META.subscription]: id } } };
  return { jsonrpc: "2.0", id, error: { code: error.status, message: error.message, data: { rule: error.rule } } };
}

function withId(spoken: Spoken | undefined, rest: Json): Json {
  const id = spoken?.message.id;
  return { jsonrpc: "2.0", ...(id !== undefined && { id }), ...rest };
}
