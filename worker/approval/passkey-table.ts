/** Passkeys and open challenges, as tables of the Durable Object that keeps the approvals: both change in one commit. */
import { CHALLENGE_SECONDS, type Passkey, type UsedPasskey } from "./passkey.ts";

/** Limit of one person, so that no one can fill the store. */
const MOST_PASSKEYS = 8;
const MOST_CHALLENGES = 16;

type Row = { id: string; public_key: string; counter: number; transports: string; created: string };

export interface PasskeyTable {
  /** Oldest first. */
  list(person: string): Passkey[];
  /** @returns the nonce of a new challenge */
  begin(person: string): string;
  /** @returns false if the challenge is not open, the passkey is known, or the person has too many */
  add(person: string, nonce: string, passkey: Passkey): boolean;
  remove(person: string, id: string): boolean;
  /**
   * Uses a challenge up. @returns false if it is not open, or the passkey's counter has not increased: it may be a copy
   */
  use(used: UsedPasskey): boolean;
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

export function passkeyTable(sql: SqlStorage): PasskeyTable {
  sql.exec(
    `CREATE TABLE IF NOT EXISTS passkeys (id TEXT PRIMARY KEY, person TEXT NOT NULL, public_key TEXT NOT NULL,
     counter INTEGER NOT NULL, transports TEXT NOT NULL, created TEXT NOT NULL)`,
  );
  sql.exec("CREATE INDEX IF NOT EXISTS passkeys_person ON passkeys (person)");
  sql.exec(
    "CREATE TABLE IF NOT EXISTS challenges (nonce TEXT PRIMARY KEY, person TEXT NOT NULL, expires INTEGER NOT NULL)",
  );
  for (const column of ["person", "expires"])
    sql.exec(`CREATE INDEX IF NOT EXISTS challenges_${column} ON challenges (${column})`);

  function list(person: string): Passkey[] {
    return sql
      .exec<Row>("SELECT * FROM passkeys WHERE person = ? ORDER BY created", person)
      .toArray()
      .map(({ id, public_key: publicKey, counter, transports, created }) => ({
        ...{ id, publicKey, counter, created },
        transports: JSON.parse(transports) as string[],
      }));
  }

  function take(person: string, nonce: string): boolean {
    const open = "nonce = ? AND person = ? AND expires > ?";
    return sql.exec(`DELETE FROM challenges WHERE ${open}`, nonce, person, nowSeconds()).rowsWritten > 0;
  }

  return {
    list,
    begin(person) {
      const nonce = crypto.randomUUID();
      sql.exec("DELETE FROM challenges WHERE expires <= ?", nowSeconds());
      sql.exec("INSERT INTO challenges VALUES (?, ?, ?)", nonce, person, nowSeconds() + CHALLENGE_SECONDS);
      sql.exec(
        `DELETE FROM challenges WHERE person = ? AND rowid NOT IN
         (SELECT rowid FROM challenges WHERE person = ? ORDER BY rowid DESC LIMIT ?)`,
        ...[person, person, MOST_CHALLENGES],
      );
      return nonce;
    },
    add(person, nonce, { id, publicKey, counter, transports, created }) {
      if (!take(person, nonce)) return false;
      const known = sql.exec("SELECT 1 FROM passkeys WHERE id = ?", id).toArray().length > 0;
      if (known || list(person).length >= MOST_PASSKEYS) return false;
      const row = [id, person, publicKey, counter, JSON.stringify(transports), created];
      sql.exec("INSERT INTO passkeys VALUES (?, ?, ?, ?, ?, ?)", ...row);
      return true;
    },
    remove: (person, id) => sql.exec("DELETE FROM passkeys WHERE person = ? AND id = ?", person, id).rowsWritten > 0,
    use({ id, person, nonce, counter }) {
      if (!take(person, nonce)) return false;
      // Section 7.2, step 22: a counter that is in use must have increased. This also refuses the second of two
      // concurrent answers.
      const known = list(person).find((passkey) => passkey.id === id);
      if (known === undefined || (known.counter > 0 && counter <= known.counter)) return false;
      sql.exec("UPDATE passkeys SET counter = ? WHERE id = ?", counter, id);
      return true;
    },
  };
}
