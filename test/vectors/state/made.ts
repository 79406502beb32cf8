/**
 * What is in `state.tgz`, and in `state-format-1.tgz` of a version whose format is not read any more, and how a test
 * unpacks them.
 */
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PrivateKey } from "../../../sdk/keys.ts";

/** Tasks of the state: one with two requests and a denial, one that was revoked, one with a message. */
export const TASKS = { open: "task-open", ended: "task-ended", message: "task-message" } as const;
export const KEPT_CLIENT = "kept";
export const PAYLOAD = '{"order":17}';
/** The id under which the message was delivered. */
export const DELIVERY = "delivery-1";
/** 2100-01-01, in seconds since the epoch: what is in the state lives until then. */
export const LATE = 4_102_444_800;

export interface Made {
  /** Whose releases the state has; a key of tests. */
  readonly publisher: PrivateKey;
  /** Chains of the tasks. */
  readonly open: string;
  readonly ended: string;
  /** The message, sealed. */
  readonly envelope: string;
}

export type StateFile = "state.tgz" | "state-format-1.tgz";

/** @param folder where `state` and `made.json` are put */
export async function unpackState(folder: string, file: StateFile = "state.tgz"): Promise<Made> {
  execFileSync("tar", ["-C", folder, "-xzf", new URL(file, import.meta.url).pathname]);
  return JSON.parse(await readFile(join(folder, "made.json"), "utf8")) as Made;
}
