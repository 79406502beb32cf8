/** The secrets of a local gateway, made on its first start and kept in .hopgate/ (never in git). */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newKey, type PrivateKey } from "../sdk/keys.ts";

export const LOCAL_FOLDER = ".hopgate";
export const GATEWAY_KEYS_FILE = join(LOCAL_FOLDER, "gateway-keys.json");
export const PUBLISHER_KEY_FILE = join(LOCAL_FOLDER, "publisher.json");
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

export interface LocalSecrets {
  /** Two signing keys, the current and the next. */
  readonly gatewayKeys: string;
  /** The key that signs releases of policies. */
  readonly publisher: PrivateKey;
  readonly adminToken: string;
}

export async function localSecrets(): Promise<LocalSecrets> {
  const gatewayKeys = await readOrMake(GATEWAY_KEYS_FILE, async () =>
    JSON.stringify({ keys: [await newKey(), await newKey()] }, null, 2),
  );
  const adminToken = await readOrMake(ADMIN_TOKEN_FILE, async () =>
    Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64url"),
  );
  const publisher = await readOrMake(PUBLISHER_KEY_FILE, async () => JSON.stringify(await newKey(), null, 2));
  return { gatewayKeys, publisher: JSON.parse(publisher) as PrivateKey, adminToken: adminToken.trim() };
}
