/** What a process holds and uses, from Linux's /proc. */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Of /proc/PID/stat: clock ticks, a hundredth of a second each. */
const TICK_MS = 10;
const LOOK_MS = 500;
/** Alarms gather for a second: whoever does nothing for longer has nothing left to do. */
const QUIET_LOOKS = 4;
const MOST_LOOKS = 240;
/** workerd puts an object away that nobody has called for ten seconds. */
const PUT_AWAY_MS = 12_000;

/** Resident memory in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** Milliseconds of processor that it has used, over all its threads. */
export async function usedMilliseconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The name of the program, in parentheses, may hold spaces; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/**
 * Resolves when the process has done what it puts off (alarms, queues), so that the next contender has the machine and what
 * is on disk is all there. @throws Error after two minutes
 */
export async function settled(pid: number): Promise<void> {
  let quiet = 0;
  let before = await usedMilliseconds(pid);
  for (let look = 0; look < MOST_LOOKS; look++) {
    await sleep(LOOK_MS);
    const now = await usedMilliseconds(pid);
    quiet = now - before <= TICK_MS ? quiet + 1 : 0;
    if (quiet === QUIET_LOOKS) return;
    before = now;
  }
  throw new Error(`process ${pid} is still at work after ${(MOST_LOOKS * LOOK_MS) / 1000} s`);
}

/** The same, and idle Durable Objects are put away, with the files that SQLite has beside an open database. */
export async function atRest(pid: number): Promise<void> {
  await settled(pid);
  await sleep(PUT_AWAY_MS);
}
