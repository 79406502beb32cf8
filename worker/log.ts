/** The log: one JSON object a line, always of the form that docs/reference/log.md describes; never a token. */
import { EVENTS, type EventName } from "./log-events.ts";

/** The request that an event belongs to. */
export interface Logged {
  /** The decision's id. */
  readonly decision?: string | undefined;
  /** W3C Trace Context. */
  readonly trace_id?: string | undefined;
  readonly rule?: string | undefined;
  /** Status of the answer. */
  readonly status?: number | undefined;
  /** Number of events that the line covers, or of things that the event is about. */
  readonly count?: number | undefined;
  /** Fields of this event: names and ids, never text from people or tokens. */
  readonly about?: Readonly<Record<string, unknown>> | undefined;
}

interface ToldError {
  readonly name: string;
  readonly message?: string;
  readonly stack?: readonly string[];
  readonly cause?: ToldError;
}

/** Most errors that are logged for one failure: each is the cause of the one before. */
const DEPTH = 5;
/** Every compact JWS and every JWT claims set begins with `{"`, which is `eyJ` in base64url. */
const TOKENS = /eyJ[\w.~-]*/g;

export function logEvent(event: EventName, fields: Logged = {}): void {
  write(event, fields);
}

/** @param error the cause, logged with its stack */
export function logFailure(event: EventName, fields: Logged, error: unknown): void {
  write(event, { ...fields, error: tell(error, DEPTH) });
}

function write(event: EventName, fields: Logged & { readonly error?: ToldError }): void {
  const { level } = EVENTS[event];
  console[level](JSON.stringify({ time: new Date().toISOString(), level, event, ...fields }));
}

/** Milliseconds between two lines about failures that anyone can cause. */
const PAUSE_MS = 1000;

/**
 * A log of failures that a flood of requests must not fill: one line a second, with the `count` of failures that it
 * covers and the id of the last. None is left out: failures within a second are logged when it is over.
 */
export function createFailureLog(event: EventName): (work: Logged, waitUntil: (rest: Promise<void>) => void) => void {
  let told = Number.NEGATIVE_INFINITY;
  let untold = 0;
  let last: Logged = {};

  function tellCounted(): void {
    if (untold === 0) return;
    logEvent(event, { ...last, count: untold });
    [told, untold] = [Date.now(), 0];
  }

  return (work, waitUntil) => {
    last = work;
    untold += 1;
    const wait = told + PAUSE_MS - Date.now();
    if (wait <= 0) tellCounted();
    else if (untold === 1) waitUntil(new Promise<void>((resolve) => setTimeout(resolve, wait)).then(tellCounted));
  };
}

function tell(error: unknown, depth: number): ToldError {
  if (!(error instanceof Error)) return { name: typeof error, message: withoutTokens(String(error)) };
  const { name, message, stack, cause } = error;
  return {
    name,
    // A SyntaxError quotes what was parsed.
    ...(name !== "SyntaxError" && { message: withoutTokens(message) }),
    stack: framesOf(stack),
    ...(cause !== undefined && depth > 1 && { cause: tell(cause, depth - 1) }),
  };
}

/** The text without anything that could be a token. */
export function withoutTokens(text: string): string {
  return text.replace(TOKENS, "***");
}

/** The stack without the message that it repeats. */
function framesOf(stack = ""): string[] {
  return stack.split("\n").flatMap((line) => (/^ +at /.test(line) ? [line.trim()] : []));
}
