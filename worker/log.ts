/** What stands in the log when something failed: one JSON object a line, with the cause and its stack; never a token. */

/** What the failure belongs to. */
export interface FailedWork {
  /** The decision's id. */
  readonly id?: string;
  readonly rule?: string;
  readonly status?: number;
}

interface ToldError {
  readonly name: string;
  readonly message?: string;
  readonly stack?: readonly string[];
  readonly cause?: ToldError;
}

/** Errors that are told of one failure: each is the cause of the one before. */
const DEPTH = 5;
/** Every compact JWS and every JWT claims set begins with `{"`, which is `eyJ` in base64url. */
const TOKENS = /eyJ[\w.~-]*/g;

export function logFailure(event: string, work: FailedWork, error: unknown): void {
  console.error(JSON.stringify({ event, ...work, error: tell(error, DEPTH) }));
}

/** Milliseconds between two lines of a kind of failure that anybody may cause as often as they like. */
const PAUSE_MS = 1000;

export interface OftenFailed extends FailedWork {
  /** What is wrong, in words. */
  readonly problems?: readonly string[];
}

/**
 * A log of failures that a flood of requests must not make a flood of lines: one a second, with the `count` of those that it stands
 * for, and the id of the last. All are told: what is counted when the second is over is told then.
 */
export function createFailureLog(event: string): (work: OftenFailed, waitUntil: (rest: Promise<void>) => void) => void {
  let told = Number.NEGATIVE_INFINITY;
  let untold = 0;
  let last: OftenFailed = {};

  function tellCounted(): void {
    if (untold === 0) return;
    console.error(JSON.stringify({ event, ...last, count: untold }));
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

function withoutTokens(text: string): string {
  return text.replace(TOKENS, "***");
}

/** Where it happened, without the message that a stack repeats. */
function framesOf(stack = ""): string[] {
  return stack.split("\n").flatMap((line) => (/^ +at /.test(line) ? [line.trim()] : []));
}
