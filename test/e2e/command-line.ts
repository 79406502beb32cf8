/** The command line, as a person runs it. */
import { execFile } from "node:child_process";
import { ADMIN_TOKEN } from "./harness.ts";

export interface Ran {
  readonly code: number;
  /** Standard output, then standard error. */
  readonly out: string;
}

/** @param env beside the admin token of the tests */
export function hopgate(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const all = { ...process.env, HOPGATE_ADMIN_TOKEN: ADMIN_TOKEN, ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, ["cli/hopgate.ts", ...args], { env: all }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), out: stdout + stderr }),
    );
  });
}

/** What it prints. @throws Error with what it printed, where it fails */
export async function printed(args: readonly string[]): Promise<string> {
  const { code, out } = await hopgate(args);
  if (code !== 0) throw new Error(out);
  return out;
}
