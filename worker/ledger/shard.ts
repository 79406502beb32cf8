/**
 * A shard of the ledger: one of a fixed number of Durable Objects, each with the tasks whose identities lead to it
 * (shards.ts). A request is admitted here in one commit: what is good once is spent, nothing that it stands on is revoked, the
 * decision is on record. Calls that arrive together share the commit.
 */

import { DurableObject } from "cloudflare:workers";
import { verificationCore } from "../core.ts";
import { logFailure } from "../log.ts";
import type {
  Admission,
  Admitted,
  Kept,
  MemoryBusy,
  Outcome,
  Revocation,
  Single,
  Standing,
  Unremembered,
  Waiting,
} from "./admission.ts";
import { archiveWaiting, waiting } from "./archive.ts";
import type { FoundRequests, RequestSearch } from "./asked.ts";
import { type Chains, createChains, readChain } from "./chains.ts";
import type { LedgerEntry } from "./entry.ts";
import { openTables } from "./format.ts";
import { createJudge, type Judge } from "./judge.ts";
import { lookThrough } from "./look-through.ts";
import { createMemories, type Memories } from "./memories.ts";
import type { Memory, MemoryUse } from "./memory.ts";
import { type Asking, createMemoryTurns, type MemoryTurns } from "./memory-turns.ts";
import { outcomesRecord } from "./outcomes.ts";
import { revokedPlaces } from "./places.ts";
import { removeSome } from "./retention.ts";
import { forgetPast, hear, isRevoked, joinRevocations, REVOCATIONS_NAME, type RevocationList } from "./revoked.ts";
import { search, taskOfDecision, tasksOf } from "./search.ts";
import { createSpent, type Spent } from "./spent.ts";
import { inSteps, type Steps } from "./steps.ts";
import type { Found, Search } from "./summary.ts";
import { readMark, setMark } from "./tables.ts";
import { createTurns } from "./turns.ts";
import { forgetUnseen, readWorkloads } from "./uses.ts";
import type { Workload } from "./workload.ts";

/** Milliseconds after which outcomes are written although no request came to write them with. */
const SETTLE_MS = 300;
/** Milliseconds for which entries are gathered for the long-term store, and until a failure is tried again. */
const GATHER_MS = 2000;
const RETRY_MS = 5000;

export interface LedgerEnv {
  readonly REVOCATIONS: DurableObjectNamespace<RevocationList>;
  readonly ARCHIVE: R2Bucket;
}

/** One change: made with all others of its turn, or not at all. @param now milliseconds since the epoch */
type Change = (now: number) => unknown;

export class Ledger extends DurableObject<LedgerEnv> {
  readonly #sql: SqlStorage;
  readonly #chains: Chains;
  readonly #spent: Spent;
  readonly #memories: Memories;
  readonly #judge: Judge;
  readonly #memoryTurns = createMemoryTurns({
    after: (milliseconds, then) => {
      const timer = setTimeout(then, milliseconds);
      return () => clearTimeout(timer);
    },
  });
  #outcomes: Outcome[] = [];
  #settlesSoon = false;
  #awake = false;
  #work: Promise<void> = Promise.resolve();
  readonly #inTurn = createTurns((changes: readonly Change[]) => this.#makeChanges(changes), {
    now: () => Date.now(),
    nextTurn: () => scheduler.wait(0),
  });

  readonly #keptMs: number;

  /** @param keepDays days for which entries are kept here; the long-term store has them for good */
  constructor(ctx: DurableObjectState, env: LedgerEnv, keepDays: number) {
    super(ctx, env);
    this.#keptMs = keepDays * 24 * 3600 * 1000;
    this.#sql = ctx.storage.sql;
    openTables(ctx.id.name as string, this.#sql);
    this.#chains = createChains(this.#sql, verificationCore().sha256);
    this.#spent = createSpent(this.#sql);
    this.#spent.reload(Date.now());
    this.#memories = createMemories(this.#sql);
    this.#judge = createJudge({ chains: this.#chains, spent: this.#spent, memories: this.#memories }, this.#sql);
    ctx.blockConcurrencyWhile(async () => {
      this.#awake = (await ctx.storage.getAlarm()) !== null;
      await joinRevocations(env.REVOCATIONS.getByName(REVOCATIONS_NAME), ctx.id.name as string, this.#sql);
    });
  }

  /** Judges an admission and writes it, in one commit. It waits as long as another request has its memory for itself. */
  async admit(admission: Admission): Promise<Admitted> {
    return this.#admitBy(this.#memoryTurns.inTurn, admission);
  }

  memory(owner: string): Memory {
    return this.#memories.read(owner);
  }

  /** Changes a memory that is bound to no task. @param id of the request's decision */
  async remember(use: MemoryUse, id: string): Promise<Kept | Unremembered | MemoryBusy> {
    const change = () => this.#commit((now) => this.#memories.change(use, now));
    return this.#memoryTurns.inTurn({ owner: use.owner, by: use.by, id }, change);
  }

  /** A request that needs a memory no more, and was told before that it has moved. */
  leaveMemory(owner: string, id: string): void {
    this.#memoryTurns.leave(owner, id);
  }

  /**
   * Several admissions, each judged for itself, in one commit. None waits for a memory: those that travel with it would wait too.
   *
   * @param outcomes of earlier ones, which travel with them
   */
  async admitAll(admissions: readonly Admission[], outcomes: readonly Outcome[] = []): Promise<Admitted[]> {
    this.settle(outcomes);
    return Promise.all(admissions.map((admission) => this.#admitBy(this.#memoryTurns.atOnce, admission)));
  }

  /** Spends what is bound to no task, all of it or nothing. @returns false where any was spent before */
  async spend(singles: readonly Single[]): Promise<boolean> {
    return (await this.#inTurn(() => this.#judge.spend(singles, false))) === undefined;
  }

  /** Writes a row of its own, for those who want to know whether the shard can write: rejects where it cannot. */
  async probe(): Promise<void> {
    setMark(this.#sql, "probed", Date.now());
    await this.ctx.storage.sync();
  }

  seen(name: string): boolean {
    return this.#spent.has(name);
  }

  /** Takes up what came of requests; it is written with the next commit, or soon without one. */
  settle(outcomes: readonly Outcome[]): void {
    this.#outcomes.push(...outcomes);
    if (this.#outcomes.length > 0) this.#settleSoon();
  }

  isRevoked(standing: Standing): boolean {
    return isRevoked(standing, this.#sql);
  }

  /** Takes up revocations: acknowledged is what every request from now on is checked against. */
  hear(revocations: readonly Revocation[]): void {
    hear(revocations, this.#sql);
  }

  /** Places of this shard's status list whose tokens live and are revoked. */
  revokedPlaces(): number[] {
    return revokedPlaces(Math.floor(Date.now() / 1000), this.#sql);
  }

  /** All entries of a task, oldest first. */
  entries(task: string): LedgerEntry[] {
    return readChain(task, this.#sql);
  }

  has(task: string): boolean {
    return this.#sql.exec("SELECT 1 FROM tasks WHERE task = ?", task).toArray().length > 0;
  }

  /** The ledger that a decision stands in. */
  find(id: string): string | undefined {
    return taskOfDecision(id, this.#sql);
  }

  /** Identities of the tasks that somebody gave this `txn`. */
  tasks(txn: string): string[] {
    return tasksOf(txn, this.#sql);
  }

  search(wanted: Search): Found[] {
    return search(wanted, this.#sql);
  }

  lookThrough(wanted: RequestSearch): FoundRequests {
    return lookThrough(wanted, this.#sql);
  }

  workloads(): Workload[] {
    return readWorkloads(this.#sql);
  }

  waiting(): Waiting {
    return waiting(this.#sql);
  }

  /** Writes new entries to the long-term store and forgets what is past, in small steps between which requests pass. */
  override alarm(): Promise<void> {
    // One at a time: two that write an object at once would count its entries twice.
    const work = this.#work.then(() => this.#keepUp());
    this.#work = work.catch(() => undefined);
    return work;
  }

  async #keepUp(): Promise<void> {
    // What is written from now on sets another alarm.
    this.#awake = false;
    try {
      const { storage, id } = this.ctx;
      const pause = (milliseconds: number): Promise<void> => scheduler.wait(milliseconds);
      await archiveWaiting({ shard: id.name as string, storage, bucket: this.env.ARCHIVE, pause });
      if (!(await inSteps(this.#forgetPast(Date.now())))) this.#wake(Date.now());
    } catch (error) {
      const shard = this.ctx.id.name;
      logFailure("archive_waits", { about: { shard, ...this.waiting() } }, error);
      // An alarm that throws is given up after six tries: this one comes again for as long as it takes.
      await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
      this.#awake = true;
    }
  }

  /** @param now milliseconds since the epoch */
  *#forgetPast(now: number): Steps {
    const before = now - this.#keptMs;
    yield* forgetPast(Math.floor(now / 1000), this.#sql);
    yield* this.#spent.forgetExpired(now);
    yield* forgetUnseen(new Date(before).toISOString(), this.#sql);
    yield* this.#memories.forget(before);
    while (this.#removeSome(before, now)) yield;
  }

  /** @returns whether there is more */
  #removeSome(before: number, now: number): boolean {
    const past = { before, now, archived: readMark(this.#sql, "archived") ?? 0 };
    const { gone, more } = this.ctx.storage.transactionSync(() => removeSome(past, this.#sql));
    this.#chains.forget(gone);
    return more;
  }

  /** One timer at a time: under load most of them find everything written. */
  #settleSoon(): void {
    if (this.#settlesSoon) return;
    this.#settlesSoon = true;
    setTimeout(() => {
      this.#settlesSoon = false;
      if (this.#outcomes.length > 0) this.#inTurn(() => undefined).catch(() => this.#settleSoon());
    }, SETTLE_MS);
  }

  #makeChanges(changes: readonly Change[]): readonly unknown[] {
    const now = Date.now();
    const outcomes = this.#outcomes;
    try {
      const answers = this.ctx.storage.transactionSync(() => {
        this.#writeOutcomes(outcomes, now);
        const made = changes.map((change) => change(now));
        this.#chains.writeHeads();
        return made;
      });
      this.#outcomes = [];
      this.#wake(now);
      return answers;
    } catch (cause) {
      // What is in memory may be ahead of the disk.
      this.#chains.forget();
      this.#spent.reload(now);
      throw cause;
    }
  }

  /** @param turn how it comes to the memory that it was judged by, or changes */
  #admitBy(turn: MemoryTurns["inTurn" | "atOnce"], admission: Admission): Promise<Admitted> {
    const asking = askingOf(admission);
    const change = (): Promise<Admitted> => this.#commit((now) => this.#judge.admit(admission, now));
    return asking === undefined ? change() : turn(asking, change);
  }

  /** Makes a change in the next turn, and gives back what it has returned. */
  async #commit<Done>(change: (now: number) => Done): Promise<Done> {
    return (await this.#inTurn(change)) as Done;
  }

  /** One entry for each task; of what was not carried out the decision's own entry tells too. */
  #writeOutcomes(outcomes: readonly Outcome[], now: number): void {
    for (const [task, some] of Map.groupBy(outcomes, (outcome) => outcome.task)) {
      this.#chains.append({ task, kind: "outcomes", record: outcomesRecord(some, now) }, now);
      for (const { id, kind, rule } of some) {
        if (kind !== "allowed")
          this.#sql.exec("UPDATE entries SET kind = ?, rule = ? WHERE id = ?", kind, rule ?? null, id);
      }
    }
  }

  #wake(now: number): void {
    if (this.#awake) return;
    this.#awake = true;
    void this.ctx.storage.setAlarm(now + GATHER_MS);
  }
}

/** What an admission asks of a memory; undefined where it neither was judged by one nor changes one. */
function askingOf({ entry, memory }: Admission): Asking | undefined {
  return entry && memory && { owner: memory.owner, by: memory.by, id: entry.id };
}
