#!/usr/bin/env node
/** The command line: `npm run hopgate -- --help` in the repository, `hopgate --help` where it is installed. */
import "./node-20.ts";
import { allowClosedOutput } from "../local/closed-output.ts";
import { run } from "./run.ts";

allowClosedOutput();
process.exitCode = await run(process.argv.slice(2));
