/** What `--help` prints: the options, and each case with what it asks. */
import { QUESTIONS } from "./cases.ts";

const WIDTH = 100;
const INDENT = "      ";

const USAGE = `usage: npm run bench -- [--json] [--only NAME] [OPTION N ...]

  --json      one JSON document on standard output; progress goes to standard error
  --only      one case
  --rounds    rounds that count, after one that warms up (default 9)
  --requests  of a round, where they are sent as fast as answers come (default 1000 or 1500); fewer where a round takes
              a minute, after which proofs are too old
  --rate      requests/s of what is measured at a fixed rate (default 100, tail 150)
  --entries   of the grown ledger (default 20000; 1000000 for figures that are published)
  --minutes   that the tail runs, and as long the pass-through before it (default 10)
`;

export function helpText(): string {
  const questions = QUESTIONS.map(({ names, about, byName }) => {
    const text = byName ? `${about}. Runs only when it is named` : about;
    const shown = names.filter((name) => !name.endsWith("-node"));
    return `${wrapped(shown.join(", "), "  ")}\n${wrapped(text, INDENT)}`;
  });
  return [USAGE, ...questions].join("\n");
}

function wrapped(text: string, indent: string): string {
  const lines = [indent];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) as string;
    if (last.length + word.length > WIDTH) lines.push(`${indent}${word} `);
    else lines[lines.length - 1] = `${last}${word} `;
  }
  return lines.map((line) => line.trimEnd()).join("\n");
}
