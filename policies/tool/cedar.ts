/** The official Cedar engine, for authors only: it is not part of the Worker. */
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";

/** A problem in an author's file, with its place (1-based) if Cedar gives one. */
export interface Problem {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

/** Cedar refused the text. The message lists every problem with line and column. */
export class CedarError extends Error {
  override readonly name = "CedarError";
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(describeProblem).join("\n"));
    this.problems = problems;
  }
}

export function describeProblem({ severity, message, line, column }: Problem): string {
  return `${line === undefined ? "" : `${line}:${column}: `}${severity}: ${message}`;
}

/** Cedar's error as a problem in `text`; its offsets count bytes. */
export function problemIn(text: string, error: cedar.DetailedError, severity: Problem["severity"] = "error"): Problem {
  // The place identifies the policy, because authors do not know Cedar's numbers.
  const what = error.message.replace(/^for policy `[^`]*`, /, "");
  const message = error.help === null ? what : `${what} (${error.help})`;
  const [place] = error.sourceLocations ?? [];
  if (place === undefined) return { severity, message };
  const before = Buffer.from(text).subarray(0, place.start).toString();
  const lines = before.split("\n");
  return { severity, message, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

export { cedar };
