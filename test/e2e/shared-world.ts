/** One gateway for the files of a process whose tests do not get in the way of each other. */
import { startWorld, type World } from "./harness.ts";

let shared: Promise<World> | undefined;

/**
 * The gateway that `startWorld()` starts, started once a process: for files whose tests work on tasks, clients and
 * workloads of their own, and change nothing that holds for all (policies, revocations of people and actors, registered
 * keys). It ends with the process.
 */
export function sharedWorld(): Promise<World> {
  shared ??= startWorld();
  return shared;
}
