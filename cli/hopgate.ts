/** The command line: `npm run hopgate -- --help`. */
import { allowClosedOutput } from "../local/closed-output.ts";
import { run } from "./run.ts";

allowClosedOutput();
process.exitCode = await run(process.argv.slice(2));
