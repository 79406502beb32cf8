/**
 * Puts accounts into a stopped gateway's vault, as if people had connected them at /me. The table of docs/state.md is known here and nowhere
 * else in the bench: when it changes, this file does.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { partyId } from "../worker/chain/party.ts";
import { type CipherKeys, createCipher } from "../worker/trust/cipher.ts";

export interface Account {
  readonly person: { readonly iss: string; readonly sub: string };
  readonly vendor: { readonly name: string; readonly issuer: string };
  /** As worker/vendor/grant.ts has them. */
  readonly tokens: { readonly access: string; readonly refresh: string; readonly until: number };
}

const VAULTS = "state/hopgate-Vault";

/**
 * Every shard that is there gets every account, and reads those of its own people.
 *
 * @param state the gateway's folder, where each person has been asked about before, so that their shard is there
 */
export async function connectAccounts(state: string, keys: CipherKeys, accounts: readonly Account[]): Promise<void> {
  const cipher = await createCipher(keys);
  const rows = await Promise.all(
    accounts.map(async ({ person, vendor, tokens }) => {
      const about = JSON.stringify([vendor.name, vendor.issuer, person.iss, person.sub]);
      return [partyId(person), vendor.name, await cipher.seal(JSON.stringify(tokens), about), crypto.randomUUID()];
    }),
  );
  const names = (await readdir(join(state, VAULTS))).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  for (const name of names) {
    const database = new DatabaseSync(join(state, VAULTS, name));
    const insert = database.prepare("INSERT INTO accounts VALUES (?, ?, ?, '', ?, 0, 0, 0, 0)");
    database.exec("BEGIN");
    for (const row of rows) insert.run(...(row as [string, string, string, string]));
    database.exec("COMMIT");
    database.close();
  }
}
