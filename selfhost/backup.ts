/** `npm run backup`: copies the state of a self-hosted gateway while it runs. */
import { cp, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { endPlainly } from "../local/end-plainly.ts";
import { makeFolder } from "../local/make-folder.ts";

export const HELP = `usage: npm run backup -- --to FOLDER [--state FOLDER]

  --to      the folder to copy to, which must not exist; it appears when the copy is complete
  --state   the state of the gateway, which may be running (default .hopgate/selfhost)

Copies each SQLite file by SQLite's own online backup, and the archive. To restore, stop the gateway and replace its state with the copy
(docs/operate.md#restore). Do not publish policies while it runs.`;

/**
 * Folders of objects that record what other objects already have: which revocations each shard knows, whether KV has a
 * registration (selfhost/config.ts). They are copied last, and must not have changed since before the others were
 * copied: otherwise the copy would claim that a shard or KV has something that its copy lacks, and it would never be
 * sent again.
 */
const TELLERS = ["hopgate-Revocations", "hopgate-Workloads", "hopgate-Clients"];
/** What they record, by table. */
const TOLD: Readonly<Record<string, string>> = {
  revocations: "SELECT max(seq) FROM revocations",
  shards: "SELECT name, told FROM shards ORDER BY name",
  registration: "SELECT version, copied FROM registration",
  clients: "SELECT id, version, copied FROM clients ORDER BY id",
};
/** Most times that the copy is made again because they have changed in between. */
const MOST_TRIES = 10;
/** All pages in one step, which is one read transaction; a step after a write would begin again. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * @param state the folder of `npm run selfhost -- --state`
 * @param to a folder that does not exist yet
 * @returns the number of SQLite files
 * @throws Error in one plain line; then there is no copy
 */
export async function backUp(state: string, to: string): Promise<number> {
  if (await stat(to).then(Boolean, () => false)) throw new Error(`\`${to}\` already exists: nothing is overwritten`);
  const partial = `${to}.partial`;
  try {
    const count = await copyDatabases(join(state, "objects"), join(partial, "objects"));
    // After the shards, so that they name nothing as archived that the copy lacks. workerd first writes each file under
    // another name.
    await cp(join(state, "archive"), join(partial, "archive"), {
      recursive: true,
      filter: (from) => !basename(from).startsWith("."),
    });
    await rename(partial, to);
    return count;
  } catch (error) {
    // If it could not be made, it cannot be removed either, and the first error says why.
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

async function copyDatabases(objects: string, to: string): Promise<number> {
  const all = await readdir(objects, { recursive: true }).catch(() => []);
  const names = all.filter((name) => name.endsWith(".sqlite"));
  if (names.length === 0) throw new Error(`there is no state in \`${dirname(objects)}\``);
  const tellers = names.filter((name) => TELLERS.some((folder) => name.startsWith(folder)));
  const others = names.filter((name) => !tellers.includes(name));
  const told = (folder: string): string => tellers.map((name) => toldBy(join(folder, name))).join();
  for (let tries = 0; ; tries++) {
    const before = told(objects);
    for (const name of [...others, ...tellers]) await copyDatabase(join(objects, name), join(to, name));
    if (told(to) === before) return names.length;
    if (tries === MOST_TRIES)
      throw new Error("a revocation or a registration changed each time that it was copied: try again");
  }
}

async function copyDatabase(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to), 0o700);
  const database = new DatabaseSync(from, { readOnly: true });
  try {
    await backup(database, to, { rate: ALL_PAGES });
  } finally {
    database.close();
  }
}

function toldBy(file: string): string {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all();
    const queries = tables.flatMap(({ name }) => TOLD[String(name)] ?? []);
    return JSON.stringify(queries.map((query) => database.prepare(query).all()));
  } finally {
    database.close();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      state: { type: "string", default: ".hopgate/selfhost" },
      to: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return void console.log(HELP);
  if (!values.to) throw new Error("--to says where the copy goes");
  const count = await backUp(values.state, values.to);
  console.log(`copied ${count} SQLite files, and the archive, to ${values.to}`);
}

if (import.meta.main) await endPlainly("backup", main());
