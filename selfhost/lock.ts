/**
 * A folder of state belongs to one gateway at a time: workerd takes no lock, and two of them would overwrite each
 * other's data. The lock is one of SQLite's, which the kernel releases however a process ends. A file records which
 * workerd serves the folder, because workerd outlives a gateway that is killed.
 */
import { connect } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { makeFolder } from "../local/make-folder.ts";

/** A workerd that serves the folder. */
export interface Serving {
  readonly pid: number;
  /** Its socket, in a folder of one start. */
  readonly socket: string;
}

export interface StateLock {
  /** The workerd of a gateway that was killed, which may still be running. */
  readonly before: Serving | undefined;
  /** Records the workerd that serves the folder from now on. */
  note(serving: Serving): void;
}

/** SQLITE_BUSY. */
const BUSY = 5;

/**
 * Held until this process ends.
 *
 * @throws Error in one plain line, if another gateway has it or it cannot be written
 */
export async function lockState(state: string): Promise<StateLock> {
  await makeFolder(state).catch(({ message }: Error) => {
    throw new Error(`the state ${message}`);
  });
  try {
    const database = new DatabaseSync(join(state, "lock.sqlite"), { timeout: 0 });
    // In this mode the lock is not released after a transaction.
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    database.exec("CREATE TABLE IF NOT EXISTS workerd (pid INTEGER NOT NULL, socket TEXT NOT NULL); COMMIT");
    // Kept referenced, because garbage collection would release the lock.
    process.once("exit", () => database.close());
    const before = database.prepare("SELECT pid, socket FROM workerd").get() as Serving | undefined;
    return {
      before,
      note: ({ pid, socket }) => {
        database.exec("DELETE FROM workerd");
        database.prepare("INSERT INTO workerd (pid, socket) VALUES (?, ?)").run(pid, socket);
      },
    };
  } catch (error) {
    const { errcode, message } = error as { errcode?: number; message: string };
    if (errcode === BUSY)
      throw new Error(`another gateway uses the state \`${state}\`: stop it, or choose another --state`);
    throw new Error(`the state \`${state}\` cannot be locked: ${message}`);
  }
}

/**
 * Ends a leftover workerd, which nobody can reach and which would share the state. An answer at its socket shows that
 * it still runs and that its pid was not reused.
 *
 * @returns whether it was still running
 */
export async function endLeft({ pid, socket }: Serving): Promise<boolean> {
  if (!(await answers(socket))) return false;
  process.kill(pid, "SIGKILL");
  while (await answers(socket)) await pause(20);
  return true;
}

function answers(path: string): Promise<boolean> {
  return new Promise((tell) => {
    const socket = connect({ path });
    socket.once("connect", () => tell(true)).once("error", () => tell(false));
    socket.once("connect", () => socket.destroy());
  });
}
