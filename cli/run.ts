/** Runs one command of the command line. */
import { CommanderError } from "commander";
import { withHashesLast } from "./arguments.ts";
import { createProgram } from "./program.ts";

/**
 * Runs the command and prints its output.
 *
 * @param args the name of the command, then its arguments
 * @returns the exit code: 0 done, 1 refused or failed, 2 wrong usage
 */
export async function run(args: readonly string[]): Promise<number> {
  const program = await createProgram(args[0]);
  for (const command of program.commands) {
    for (const each of [command, ...command.commands]) each.exitOverride();
  }
  try {
    await program.parseAsync(withHashesLast(args, program), { from: "user" });
    // Commands that have printed a refusal have set the exit code.
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    console.error(`hopgate: ${(error as Error).message}`);
    return 1;
  }
}
