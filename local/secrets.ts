/** The secrets of a gateway, generated when they are first needed and stored in .hopgate/ (never in git). */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { newKey, type PrivateKey } from "../sdk/keys.ts";
import { makeFolder } from "./make-folder.ts";

export const LOCAL_FOLDER = ".hopgate";
const PUBLISHER_KEY_NAME = "publisher.json";
const ADMIN_TOKEN_NAME = "admin-token";

/** Paths of the files in such a folder that the command line needs. */
export function secretFiles(folder: string): { readonly publisher: string; readonly adminToken: string } {
  return { publisher: join(folder, PUBLISHER_KEY_NAME), adminToken: join(folder, ADMIN_TOKEN_NAME) };
}
export const { publisher: PUBLISHER_KEY_FILE, adminToken: ADMIN_TOKEN_FILE } = secretFiles(LOCAL_FOLDER);

/** Reads a file, or creates it, readable only by its owner. */
async function readOrMake(file: string, make: () => Promise<string>): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const text = await make();
  await writeFile(file, text, { mode: 0o600 });
  return text;
}

/** @throws Error that names the file, never its content, which the message of JSON.parse quotes */
function keyIn(text: string, file: string): PrivateKey {
  try {
    return JSON.parse(text) as PrivateKey;
  } catch {
    throw new Error(`\`${file}\` is not JSON`);
  }
}

export interface LocalSecrets {
  /** Two signing keys, the current and the next. */
  readonly gatewayKeys: string;
  /** The key that signs releases of policies. */
  readonly publisher: PrivateKey;
  readonly adminToken: string;
}

/** @param folder default: the one of the local gateway */
export async function localSecrets(folder: string = LOCAL_FOLDER): Promise<LocalSecrets> {
  await makeFolder(folder, 0o700).catch(({ message }: Error) => {
    throw new Error(`the keys: ${message}`);
  });
  const files = secretFiles(folder);
  const gatewayKeys = await readOrMake(join(folder, "gateway-keys.json"), async () =>
    JSON.stringify({ keys: [await newKey(), await newKey()] }, null, 2),
  );
  const adminToken = await readOrMake(files.adminToken, async () =>
    Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("base64url"),
  );
  const publisher = await readOrMake(files.publisher, async () => JSON.stringify(await newKey(), null, 2));
  return { gatewayKeys, publisher: keyIn(publisher, files.publisher), adminToken: adminToken.trim() };
}
