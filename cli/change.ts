/** Changes a registration without undoing concurrent changes. */
import { AdminError, askAdmin, sendAdmin } from "../sdk/admin.ts";
import { reach } from "./remote.ts";

/** Most retries because others change the same registration at the same time. */
const MOST_CHANGES = 10;

/**
 * Sends a registration that `edit` has changed, with the version that was read (`If-Match`), and reads it again if
 * somebody has changed it in between.
 *
 * @param path below `/admin`
 * @returns what was sent
 */
export async function change<T extends object>(gateway: string, path: string, edit: (now: T) => T): Promise<T> {
  const remote = await reach({ gateway });
  for (let tries = 1; ; tries++) {
    const read = await askAdmin(remote, path);
    const tag = read.headers.get("etag");
    if (tag === null) throw new Error("the gateway's answer has no `ETag`: a proxy in front must let it pass");
    const edited = edit((await read.json()) as T);
    try {
      await sendAdmin(remote, "PUT", path, edited, { "if-match": tag });
      return edited;
    } catch (error) {
      if (!isOtherThanMeant(error) || tries === MOST_CHANGES) throw error;
    }
  }
}

/**
 * Registers a new entry (`If-None-Match`).
 *
 * @param known the message if it is already registered
 */
export async function register(gateway: string, path: string, what: object, known: string): Promise<void> {
  await sendAdmin(await reach({ gateway }), "PUT", path, what, { "if-none-match": "*" }).catch((error: unknown) => {
    throw isOtherThanMeant(error) ? new Error(known) : error;
  });
}

/** Whether the condition of a change failed (412). */
function isOtherThanMeant(error: unknown): boolean {
  return error instanceof AdminError && error.status === 412;
}
