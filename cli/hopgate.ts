/** The command line: `npm run hopgate -- --help`. */
import { CommanderError } from "commander";
import { createProgram } from "./program.ts";

/**
 * Identities of tasks and names of hops are base64url of a SHA-256, and one of 64 begins with a hyphen: commander would take
 * it for an option. They are the last arguments of their commands, so they can stand behind `--`.
 */
function withHashesLast(argv: readonly string[]): string[] {
  const isHash = (argument: string): boolean => /^-[A-Za-z0-9_-]{42}$/.test(argument);
  const hashes = argv.filter(isHash);
  if (hashes.length === 0 || argv.includes("--")) return [...argv];
  return [...argv.filter((argument) => !isHash(argument)), "--", ...hashes];
}

const program = await createProgram(process.argv[2]);
for (const command of program.commands) {
  for (const each of [command, ...command.commands]) each.exitOverride();
}

try {
  await program.parseAsync(withHashesLast(process.argv));
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    console.error(`hopgate: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
