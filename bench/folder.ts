/** What a folder takes of the disk. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

export interface FolderUse {
  readonly files: number;
  /** Blocks on disk, as `du` counts them. */
  readonly bytes: number;
}

const BLOCK = 512;

/** Files that go while it looks do not count. */
export async function folderUse(folder: string): Promise<FolderUse> {
  let [files, bytes] = [0, 0];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const stat = await lstat(join(entry.parentPath, entry.name)).catch(() => undefined);
    if (stat === undefined) continue;
    files += 1;
    bytes += stat.blocks * BLOCK;
  }
  return { files, bytes };
}
