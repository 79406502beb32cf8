/** Requests for approval: opened by a denied request, decided by people, used once. */
import { DurableObject } from "cloudflare:workers";
import { clearAfter, clearExpired } from "../expiring.ts";
import { type Approval, type ApprovalRequest, objectionTo, statusOf, type Vote } from "./approval.ts";
import type { Passkey, UsedPasskey } from "./passkey.ts";
import { type PasskeyTable, passkeyTable } from "./passkey-table.ts";

export const APPROVALS_NAME = "global";

/** Most approvals that can be open at a time, counted by root and by name: a caller can invent tasks, but not those. */
const MOST_OPEN = { task: 20, root: 20, caller: 100 } as const;
/** Seconds for which an approval is still shown after it has ended. */
const SHOWN = 7 * 24 * 3600;

type Row = {
  id: string;
  request: string;
  created: string;
  votes: string;
  spent: number;
};

export class Approvals extends DurableObject<unknown> {
  readonly #passkeys: PasskeyTable;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    const { sql } = ctx.storage;
    sql.exec(
      `CREATE TABLE IF NOT EXISTS asked (id TEXT PRIMARY KEY, binding TEXT NOT NULL, task TEXT NOT NULL, root TEXT NOT NULL,
       caller TEXT NOT NULL, expires INTEGER NOT NULL, created TEXT NOT NULL, request TEXT NOT NULL, votes TEXT NOT NULL,
       pending INTEGER NOT NULL, spent INTEGER NOT NULL)`,
    );
    sql.exec("CREATE INDEX IF NOT EXISTS asked_binding ON asked (binding)");
    sql.exec("CREATE INDEX IF NOT EXISTS asked_expires ON asked (expires)");
    for (const whose of Object.keys(MOST_OPEN))
      sql.exec(`CREATE INDEX IF NOT EXISTS asked_${whose} ON asked (${whose}) WHERE pending = 1`);
    this.#passkeys = passkeyTable(sql);
  }

  /** The existing approval for the same thing, else a new one; undefined if too many are open (MOST_OPEN). */
  async open(request: ApprovalRequest): Promise<Approval | undefined> {
    const { binding, task, root, caller, expires, final } = request;
    const standing: readonly Approval["status"][] = ["pending", "approved", ...(final ? (["rejected"] as const) : [])];
    const known = this.#read("WHERE binding = ?", binding).find(
      (each) => asksTheSame(each, request) && standing.includes(each.status),
    );
    if (known !== undefined) return known;
    if (!this.#mayAsk(request)) return undefined;
    const id = crypto.randomUUID();
    this.ctx.storage.sql.exec(
      "INSERT INTO asked VALUES (?, ?, ?, ?, ?, ?, ?, ?, '[]', 1, 0)",
      ...[id, binding, task, root, caller, expires, new Date().toISOString(), JSON.stringify(request)],
    );
    await clearAfter(this.ctx.storage, expires, SHOWN);
    return this.find(id);
  }

  find(id: string): Approval | undefined {
    return this.#read("WHERE id = ?", id)[0];
  }

  /** Newest first. */
  list(): Approval[] {
    return this.#read("ORDER BY rowid DESC LIMIT 200");
  }

  /**
   * Adds what an approver said, and uses up the passkey's answer if one signed it, in one step.
   *
   * @returns undefined if it does not count (`objectionTo`), or the answer was used before
   */
  vote(id: string, vote: Vote, signed?: UsedPasskey): Approval | undefined {
    const approval = this.find(id);
    if (approval === undefined || objectionTo(approval, vote) !== undefined) return undefined;
    if (vote.passkey !== undefined && (signed === undefined || !this.#passkeys.use(signed))) return undefined;
    const { sql } = this.ctx.storage;
    sql.exec("UPDATE asked SET votes = ? WHERE id = ?", JSON.stringify([...approval.votes, vote]), id);
    const voted = this.find(id);
    if (voted?.status !== "pending") sql.exec("UPDATE asked SET pending = 0 WHERE id = ?", id);
    return voted;
  }

  passkeys(person: string): Passkey[] {
    return this.#passkeys.list(person);
  }

  beginPasskey(person: string): string {
    return this.#passkeys.begin(person);
  }

  addPasskey(person: string, nonce: string, passkey: Passkey): boolean {
    return this.#passkeys.add(person, nonce, passkey);
  }

  removePasskey(person: string, id: string): boolean {
    return this.#passkeys.remove(person, id);
  }

  /** Uses an approval up, in one step. @returns false if it is not approved, or for something else */
  spend(id: string, binding: string): boolean {
    const approval = this.find(id);
    if (approval?.status !== "approved" || approval.binding !== binding) return false;
    this.ctx.storage.sql.exec("UPDATE asked SET spent = 1 WHERE id = ?", id);
    return true;
  }

  /** Forgets what ended long ago: the ledger keeps what was decided. */
  override alarm(): Promise<void> {
    return clearExpired(this.ctx.storage, "asked", SHOWN);
  }

  #mayAsk(request: ApprovalRequest): boolean {
    const now = Math.floor(Date.now() / 1000);
    return Object.entries(MOST_OPEN).every(([whose, most]) => {
      const open = this.ctx.storage.sql.exec<{ count: number }>(
        `SELECT COUNT(*) AS count FROM asked WHERE ${whose} = ? AND pending = 1 AND expires > ?`,
        ...[request[whose as keyof typeof MOST_OPEN], now],
      );
      return open.one().count < most;
    });
  }

  #read(which: string, ...values: string[]): Approval[] {
    const now = Math.floor(Date.now() / 1000);
    return this.ctx.storage.sql
      .exec<Row>(`SELECT * FROM asked ${which}`, ...values)
      .toArray()
      .map(({ id, created, request, votes, spent }) => {
        const asked = JSON.parse(request) as ApprovalRequest;
        const said = JSON.parse(votes) as Vote[];
        const status = statusOf({ ...asked, votes: said, spent: spent === 1 }, now);
        return { ...asked, id, created, votes: said, status };
      });
  }
}

function asksTheSame(one: ApprovalRequest, other: ApprovalRequest): boolean {
  return one.groups.join() === other.groups.join() && one.passkeys.join() === other.passkeys.join();
}
