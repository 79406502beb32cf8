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
