/** Ends a failed script with one plain line instead of a stack trace. */
import { allowClosedOutput } from "./closed-output.ts";

/** @param name of the npm script, with which the line begins */
export async function endPlainly(name: string, work: Promise<void>): Promise<void> {
  allowClosedOutput();
  try {
    await work;
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    // Wrong options count as wrong usage, as in the command line.
    const isUsage = code?.startsWith("ERR_PARSE_ARGS") ?? false;
    console.error(`${name}: ${isUsage ? `${message.split("\n")[0]} (--help lists the options)` : message}`);
    process.exit(isUsage ? 2 : 1);
  }
}
