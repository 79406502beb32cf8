/** MCP between client and server: the headers to the server, and the parts of its messages that the client may see. */
import { readAtMost } from "../content.ts";
import { HopError } from "../errors.ts";
import { type AnswerTerms, answerFor, failsRequest } from "../mcp/answer.ts";
import { passEvents } from "../mcp/events.ts";
import { isExact } from "../mcp/exact-number.ts";
import type { Handles } from "../mcp/handle.ts";
import { callText } from "../mcp/inbound.ts";
import { METHODS, MODERN } from "../mcp/methods.ts";
import { mirroredHeaders } from "../mcp/mirrored.ts";
import { endMessage } from "../mcp/refusal.ts";
import { isObject } from "../mcp/revision.ts";
import type { Presentation } from "../presentation.ts";
import { failureOf } from "../rules.ts";
import type { Answered, Decision } from "../types.ts";
import type { Gateway } from "./gateway.ts";
import { createListFilter } from "./list-filter.ts";
import { ownerOf } from "./own-handles.ts";
import { watchChain } from "./watch-chain.ts";

type Speaking = Pick<
  Gateway,
  "config" | "core" | "endedSince" | "handles" | "ledger" | "now" | "pins" | "policies" | "seenMemories" | "signs"
>;

/** Most bytes of an answer that is not a stream and is read whole. */
const MOST = 8 * 1024 * 1024;

/** Headers that depend on the exact bytes of a body. */
const OF_BYTES = [
  "content-length",
  "content-encoding",
  "etag",
  "digest",
  "content-digest",
  "repr-digest",
  "content-md5",
];

/** Sets the headers for the server: its own session, and those that mirror the message. */
export function setSpokenHeaders(headers: Headers, { rpc, session, request }: Presentation): void {
  headers.delete("mcp-session-id");
  if (session !== undefined) headers.set("mcp-session-id", session);
  if (rpc?.revision === MODERN && rpc.message.id !== undefined)
    for (const [name, value] of mirroredHeaders(rpc.message, request.headers)) headers.set(name, value);
}

/**
 * The server's answer for the client. A stream ends when the chain is no longer valid.
 *
 * @throws HopError `answer_unfiltered` if the answer cannot be read
 */
export async function spokenAnswer(answer: Response, decision: Decision, gateway: Speaking): Promise<Answered> {
  const { presentation } = decision.chain;
  const headers = new Headers(answer.headers);
  const terms = await termsOf(decision, gateway);
  await giveSession(headers, presentation, terms);
  const init = { status: answer.status, statusText: answer.statusText, headers };
  const type = headers.get("content-type") ?? "";
  if (answer.body === null) return { response: new Response(null, init), failed: false };
  if (/^text\/event-stream\b/i.test(type)) return streamed(answer.body, init, decision, terms, gateway);
  const isJson = /^application\/([\w.+-]+\+)?json\b/i.test(type);
  // An error may have any form; an answer must be one that every parser reads the same way.
  if (!isJson && answer.status >= 400) return { response: new Response(answer.body, init), failed: true };
  const bytes = await readAtMost(answer.body, MOST);
  if (bytes === undefined || (bytes.length > 0 && !isJson)) throw new HopError("answer_unfiltered");
  for (const name of OF_BYTES) headers.delete(name);
  if (bytes.length === 0) return { response: new Response(null, init), failed: answer.status >= 400 };
  const { told, failed } = await tell(textOf(bytes), presentation, terms);
  return { response: new Response(told, init), failed };
}

function streamed(
  body: ReadableStream<Uint8Array>,
  init: ResponseInit & { readonly headers: Headers },
  { chain }: Decision,
  terms: AnswerTerms,
  gateway: Speaking,
): Answered {
  const { presentation } = chain;
  const { rpc } = presentation;
  for (const name of OF_BYTES) init.headers.delete(name);
  // A buffering proxy would hold messages back (2026-07-28, Streamable HTTP, "Receiving Messages").
  init.headers.set("x-accel-buffering", "no");
  const { promise: ended, resolve } = Promise.withResolvers<Awaited<NonNullable<Answered["ended"]>>>();
  let hasFailed = false;
  let rule: Awaited<NonNullable<Answered["ended"]>>["rule"];
  const watch = watchChain(
    chain,
    gateway,
    (why) => {
      rule = why;
      const { status } = failureOf(why);
      const last =
        rpc?.message.id === undefined
          ? undefined
          : endMessage(rpc, { rule: why, message: failureOf(why).meaning, status });
      stream.end(last && JSON.stringify(last));
    },
    () => stream.probe(),
  );
  const map = async (data: string): Promise<string> => {
    const { told, failed } = await tell(data, presentation, terms);
    hasFailed ||= failed;
    return told;
  };
  const stream = passEvents(body, map, () => {
    watch.stop();
    resolve({ failed: hasFailed, rule });
  });
  return { response: new Response(stream.body, init), failed: false, ended };
}

/** TC39 "JSON.parse source text access", which V8 has. */
const SourceJson = JSON as unknown as {
  parse(
    text: string,
    reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
};

/** @throws HopError `answer_unfiltered` */
async function tell(
  text: string,
  { rpc }: Presentation,
  terms: AnswerTerms,
): Promise<{ readonly told: string; readonly failed: boolean }> {
  const message = messageOf(text);
  if (!isObject(message)) {
    // A batch could not be filtered; anything that is not a message is useless to a client.
    if (Array.isArray(message)) throw new HopError("answer_unfiltered");
    return { told: text, failed: false };
  }
  const told = await answerFor(message, terms);
  return { told: told === message ? text : JSON.stringify(told), failed: failsRequest(message, rpc?.message.id) };
}

/** Numbers that a double cannot represent stay as they are written. */
function messageOf(text: string): unknown {
  try {
    return SourceJson.parse(text, (_, each, { source = "" }) =>
      typeof each === "number" && !isExact(source, each) ? SourceJson.rawJSON(source) : each,
    );
  } catch (cause) {
    throw new HopError("answer_unfiltered", { cause });
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new HopError("answer_unfiltered", { cause });
  }
}

async function termsOf(decision: Decision, gateway: Speaking): Promise<AnswerTerms> {
  const { chain } = decision;
  const { rpc, method } = chain.presentation;
  const owner = ownerOf(chain);
  const of = rpc === undefined ? "" : callText(rpc.message);
  const asked = rpc?.message.method;
  const known = asked !== undefined && Object.hasOwn(METHODS, asked) ? METHODS[asked] : undefined;
  return {
    lists: method === "GET" ? "all" : known?.lists,
    keeps: createListFilter(chain, gateway),
    seal: (kind, value) => (gateway.handles as Handles).seal(kind, value, owner, kind === "state" ? of : ""),
    mostTtl: rpc?.revision === MODERN ? Math.max(0, chain.expires * 1000 - gateway.now()) : undefined,
  };
}

/** Revision 2026-07-28 has no sessions. */
async function giveSession(headers: Headers, { rpc }: Presentation, { seal }: AnswerTerms): Promise<void> {
  const session = headers.get("mcp-session-id");
  headers.delete("mcp-session-id");
  if (session !== null && rpc?.revision !== MODERN) headers.set("mcp-session-id", await seal("session", session));
}
