/** What a request has instead of what is accepted. Pure. */
import { withoutTokens } from "./log.ts";

/** For the answer to the sender only: it is not verified, so it is neither recorded nor logged. */
export interface Sent {
  /** Printable ASCII, at most 128 characters; "none" if the request has nothing there. */
  readonly sent: string;
  /** Absent if the list is not for strangers, or has no end. */
  readonly accepted?: readonly string[] | undefined;
}

/** Fewer characters than a signed token has. */
const MOST = 128;

/** @param value of a header or claim, of any form */
export function sentInstead(value: unknown, accepted?: readonly string[]): Sent {
  return { sent: shown(value), ...(accepted && { accepted }) };
}

/** "it is `JWT`; accepted: `at+jwt`, `none`" */
export function sentText({ sent: value, accepted }: Sent): string {
  const list = accepted?.map((each) => `\`${each}\``).join(", ");
  return `it is \`${value}\`${list === undefined ? "" : `; accepted: ${list}`}`;
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "none";
  const text = withoutTokens(typeof value === "string" ? value : JSON.stringify(value));
  return Array.from(text.slice(0, MOST), escaped).join("").slice(0, MOST);
}

/** Backticks and quotes delimit the value where it is shown. */
function escaped(character: string): string {
  if (/[\x20-\x7e]/.test(character) && !/["`\\]/.test(character)) return character;
  return `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
}
