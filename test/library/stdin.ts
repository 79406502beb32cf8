/** For runtimes with a command line: a task on standard input, what came of it on standard output. */
import { readFileSync } from "node:fs";
import { perform } from "./portable.ts";

console.log(JSON.stringify(await perform(JSON.parse(readFileSync(0, "utf8")))));
