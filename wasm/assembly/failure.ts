/** The place of the last verdict: the hop, and the member of its header or claims. */
import { NO_NAME } from "./names";

export let failedHop: u32 = 0;
let failedName: u32 = NO_NAME;

/** The member that the last verdict is about (names.ts), or 0. */
export function failedMember(): u32 {
  return failedName;
}

export function startFailures(): void {
  failedHop = 0;
  failedName = NO_NAME;
}

/** Later failures are at this hop. */
export function atHop(k: u32): void {
  failedHop = k;
}

/** The verdict, about this member. */
export function fail(name: u32, verdict: u32): u32 {
  failedName = name;
  return verdict;
}
