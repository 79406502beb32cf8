/** Resident memory of a gateway while tasks come that it has not seen: it must not grow with their number. */
import { type BenchCase, report } from "./compare.ts";
import { load } from "./load.ts";
import { residentBytes } from "./process.ts";
import { withScene } from "./scene.ts";
import { signedRequests } from "./signed.ts";
import { isOrder } from "./upstream.ts";

export const TASK_MEMORY = "task-memory";
const CONNECTIONS = 64;
/** Tasks that are signed at a time: their proofs are valid for a minute. */
const BATCH = 2000;
const LOOKS = 10;
const MIB = 1_048_576;

/** @param tasks in all, each of one request */
export function taskMemory(tasks = 100_000): Promise<BenchCase[]> {
  return withScene(async ({ company, gateway: { origin, pid } }) => {
    const [every, looks] = [tasks / LOOKS, [] as number[]];
    for (let done = 0; done < tasks; ) {
      const count = Math.min(BATCH, every * (looks.length + 1) - done);
      await load(origin, await signedRequests({ company, origin, count, perTask: 1 }), isOrder, CONNECTIONS);
      done += count;
      if (done < every * (looks.length + 1)) continue;
      looks.push((await residentBytes(pid)) / MIB);
      console.error(`  ${done} tasks: ${Math.round(looks.at(-1) as number)} MiB`);
    }
    const half = looks.slice(LOOKS / 2);
    const measured = { "second half": half, "first half": looks.slice(0, LOOKS / 2) };
    const note = `${tasks} tasks of one request each, ${CONNECTIONS} connections; looked at ${LOOKS} times`;
    return [report(TASK_MEMORY, "MiB", "less", measured, "second half", note)];
  });
}
