/** The secrets of a local gateway, made on its first start and kept in .hopgate/ (never in git). */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newKey } from "../sdk/keys.ts";

export const LOCAL_FOLDER = ".hopgate";
export const GATEWAY_KEYS_FILE = join(LOCAL_FOLDER, "gateway-keys.json");
export const ADMIN_TOKEN_FILE = join(LOCAL_FOLDER, "admin-token");

/** Reads a file, or makes it for its owner alone. */
async function readOrMake(file: string, make: () => Promise<string>): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const text = await make();
  await mkdir(LOCAL_FOLDER, { recursive: true, mode: 0o700 });
  await writeFile(file, text, { mode: 0o600 });
  return text;
}

/** GATEWAY_KEYS and ADMIN_TOKEN: two signing keys, the current and the next, and a random token. */
export async function localSecrets(): Promise<{ gatewayKeys: string; adminToken: string }> {
  const gatewayKeys = await readOrMake(GATEWAY_KEYS_FILE, async () =>
    JSON.stringify({ keys: [await newKey(), await newKey()] }, null, 2),
  );
  const adminToken = await readOrMake(ADMIN_TOKEN_FILE, async () =>
    Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64url"),
  );
  return { gatewayKeys, adminToken: adminToken.trim() };
}
