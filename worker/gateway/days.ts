/**
 * The memory of callers and subjects for a day is in other shards than the task: what a request takes of it is reserved before it is
 * admitted, and given back where it is not. So two requests at once never pass a limit together.
 */
import { HopError } from "../errors.ts";
import { changesNothing } from "../ledger/memory.ts";
import { logFailure } from "../log.ts";
import type { MemoryOwner } from "../policy/memory.ts";
import type { Decision } from "../types.ts";
import type { Gateway } from "./gateway.ts";
import { type RequestMemory, reach, type Use } from "./memory.ts";

type Reserving = Pick<Gateway, "ledger" | "afterwards">;

const DAYS = ["caller", "subject"] as const;

/**
 * @returns what gives all of it back; undefined where one has moved: then nothing is reserved, and the request must be judged again
 * @throws HopError `memory_full`, `ledger_unavailable`
 */
export async function reserveDays(
  decision: Decision,
  memory: RequestMemory,
  gateway: Reserving,
): Promise<(() => void) | undefined> {
  const { chain, remembers = {} } = decision;
  const { id } = chain.presentation;
  const reserved: MemoryOwner[] = [];
  const giveBackAll = (): void => {
    for (const owner of reserved) giveBack(owner, remembers[owner], decision, memory, gateway);
  };
  try {
    for (const owner of DAYS) {
      const use = memory.useOf(owner, remembers);
      if (use === undefined) continue;
      const done = await reach(chain, gateway.ledger.remember(memory.placeOf(owner), use, id));
      if (done.admitted) {
        memory.became(owner, done.memory);
        reserved.push(owner);
        continue;
      }
      if (done.why === "memory_full") throw new HopError("memory_full", { evidence: { chain, decision } });
      memory.moved(owner, done.memory);
      giveBackAll();
      return undefined;
    }
  } catch (cause) {
    giveBackAll();
    throw cause;
  }
  return giveBackAll;
}

/** Takes back what was added, after the answer; what cannot be taken back stays counted. Labels stay: what was read was read. */
export function giveBack(
  owner: MemoryOwner,
  change: Use | undefined,
  { chain }: Pick<Decision, "chain">,
  memory: RequestMemory,
  { ledger, afterwards }: Reserving,
): void {
  if (change === undefined || changesNothing({ ...change, labels: [] })) return;
  const add = Object.fromEntries(Object.entries(change.add).map(([name, number]) => [name, -number]));
  const { id } = chain.presentation;
  afterwards(
    ledger
      .remember(memory.placeOf(owner), { add, labels: [] }, id)
      .catch((cause: unknown) => logFailure("memory_kept", { decision: id }, cause)),
  );
}

/** Lets others at the memories that have moved, where the policies have refused the request since. */
export function leaveDays(memory: RequestMemory, id: string, { ledger, afterwards }: Reserving): void {
  if (memory.moves === 0) return;
  for (const owner of DAYS) {
    afterwards(
      ledger
        .leaveMemory(memory.placeOf(owner), id)
        .catch((cause: unknown) => logFailure("memory_held", { decision: id }, cause)),
    );
  }
}
