/** Hashes on the command line. Pure. */
import type { Command } from "commander";

/**
 * Identities of tasks and names of hops are base64url of a SHA-256, and one in 64 begins with a hyphen, which commander
 * would read as an option. They are the last arguments of their commands, so they are put after `--`. A hash after an
 * option that takes a value is that value, such as the kid of `--drop`.
 */
export function withHashesLast(argv: readonly string[], program: Command): string[] {
  if (argv.includes("--")) return [...argv];
  const flags = flagsWithValues(program);
  const isArgument = (argument: string, index: number): boolean =>
    /^-[A-Za-z0-9_-]{42}$/.test(argument) && !flags.has(argv[index - 1] ?? "");
  const hashes = argv.filter(isArgument);
  return hashes.length === 0
    ? [...argv]
    : [...argv.filter((argument, index) => !isArgument(argument, index)), "--", ...hashes];
}

function flagsWithValues(command: Command): Set<string> {
  const own = command.options.filter(({ required }) => required).flatMap(({ short, long }) => [short, long]);
  const all = [...own, ...command.commands.flatMap((each) => [...flagsWithValues(each)])];
  return new Set(all.filter((flag) => flag !== undefined));
}
