/** The command line: `npm run hopgate -- --help`. */
import { CommanderError } from "commander";
import { allowClosedOutput } from "../local/closed-output.ts";
import { withHashesLast } from "./arguments.ts";
import { createProgram } from "./program.ts";

allowClosedOutput();
const program = await createProgram(process.argv[2]);
for (const command of program.commands) {
  for (const each of [command, ...command.commands]) each.exitOverride();
}

try {
  await program.parseAsync(withHashesLast(process.argv, program));
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    console.error(`hopgate: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
