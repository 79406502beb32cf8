/**
 * A shard of the ledger: one of a fixed number of Durable Objects, each with the tasks whose identities lead to it
 * (shards.ts). A request is admitted here in one commit: single-use proofs are spent, nothing that it depends on is
 * revoked, the decision is on record. Calls that arrive together share the commit.
 */

import { DurableObject } from "cloudflare:workers";
import { verificationCore } from "../core.ts";
import { toTheEnd } from "../steps.ts";
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
import { waiting } from "./archive.ts";
import type { FoundRequests, RequestSearch } from "./asked.ts";
import { createChains, readChain } from "./chains.ts";
import { type Commits, createCommits } from "./commits.ts";
import type { LedgerEntry } from "./entry.ts";
import { openTables } from "./format.ts";
import { createJudge, type Judge } from "./judge.ts";
import { lookThrough } from "./look-through.ts";
import { createMemories, type Memories } from "./memories.ts";
import type { Memory, MemoryUse } from "./memory.ts";
import { type Asking, createMemoryTurns, type MemoryTurns } from "./memory-turns.ts";
import { lookAtRevocations, revokedPlaces } from "./places.ts";
import { hear, isRevoked, joinRevocations, REVOCATIONS_NAME, type RevocationList } from "./revoked.ts";
import { search, taskOfDecision, tasksOf } from "./search.ts";
import { createSpent, type Spent } from "./spent.ts";
import type { Found, Search } from "./summary.ts";
import { setMark } from "./tables.ts";
import { createUpkeep, type Upkeep } from "./upkeep.ts";
import { readWorkloads } from "./uses.ts";
import type { Workload } from "./workload.ts";

export interface LedgerEnv {
  readonly REVOCATIONS: DurableObjectNamespace<RevocationList>;
  readonly ARCHIVE: R2Bucket;
}

export class Ledger extends DurableObject<LedgerEnv> {
  readonly #sql: SqlStorage;
  readonly #spent: Spent;
  readonly #memories: Memories;
  readonly #judge: Judge;
  readonly #memoryTurns = createMemoryTurns({
    after: (milliseconds, then) => {
      const timer = setTimeout(then, milliseconds);
      return () => clearTimeout(timer);
    },
  });
  readonly #commits: Commits;
  readonly #upkeep: Upkeep;

  /** @param keepDays days for which entries are kept here; the long-term store keeps them permanently */
  constructor(ctx: DurableObjectState, env: LedgerEnv, keepDays: number) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    const shard = ctx.id.name as string;
    openTables(shard, this.#sql);
    const chains = createChains(this.#sql, verificationCore().sha256);
    this.#spent = createSpent(this.#sql);
    this.#spent.reload(Date.now());
    this.#memories = createMemories(this.#sql);
    const stores = { chains, spent: this.#spent, memories: this.#memories };
    this.#judge = createJudge(stores, this.#sql);
    const keptMs = keepDays * 24 * 3600 * 1000;
    this.#upkeep = createUpkeep({ ...stores, shard, storage: ctx.storage, keptMs });
    this.#commits = createCommits({ ...stores, storage: ctx.storage, committed: this.#upkeep.wake });
    ctx.blockConcurrencyWhile(async () => {
      await this.#upkeep.start();
      await joinRevocations(env.REVOCATIONS.getByName(REVOCATIONS_NAME), shard, this.#sql);
    });
  }

  /** Decides an admission and writes it, in one commit. It waits while another request has the turn with its memory. */
  async admit(admission: Admission): Promise<Admitted> {
    return this.#admitBy(this.#memoryTurns.inTurn, admission);
  }

  memory(owner: string): Memory {
    return this.#memories.read(owner);
  }

  /** Changes a memory that is bound to no task. @param id of the request's decision */
  async remember(use: MemoryUse, id: string): Promise<Kept | Unremembered | MemoryBusy> {
    const change = () => this.#commits.make((now) => this.#memories.change(use, now));
    return this.#memoryTurns.inTurn({ owner: use.owner, by: use.by, id }, change);
  }

  /** Ends the turn that a request got because this memory had changed. */
  leaveMemory(owner: string, id: string): void {
    this.#memoryTurns.leave(owner, id);
  }

  /**
   * Several admissions, each decided for itself, in one commit. None waits for a memory, because the others would wait
   * too.
   *
   * @param outcomes of earlier requests, written in the same commit
   */
  async admitAll(admissions: readonly Admission[], outcomes: readonly Outcome[] = []): Promise<Admitted[]> {
    this.settle(outcomes);
    return Promise.all(admissions.map((admission) => this.#admitBy(this.#memoryTurns.atOnce, admission)));
  }

  /** Spends what is bound to no task, all of it or nothing. @returns false if any was spent before */
  async spend(singles: readonly Single[]): Promise<boolean> {
    return (await this.#commits.make(() => this.#judge.spend(singles))) === undefined;
  }

  /** Writes a row of its own, for those who want to know whether the shard can write: rejects if it cannot. */
  async probe(): Promise<void> {
    setMark(this.#sql, "probed", Date.now());
    await this.ctx.storage.sync();
  }

  seen(name: string): boolean {
    return this.#spent.has(name);
  }

  /** Adds outcomes of requests, which are written with the next commit, or soon without one. */
  settle(outcomes: readonly Outcome[]): void {
    this.#commits.settle(outcomes);
  }

  isRevoked(standing: Standing): boolean {
    return isRevoked(standing, this.#sql);
  }

  /** Stores revocations. When it returns, every later request is checked against them. */
  hear(revocations: readonly Revocation[]): void {
    hear(revocations, this.#sql);
  }

  /** Places of this shard's status list whose tokens live and are revoked. */
  async revokedPlaces(): Promise<number[]> {
    await toTheEnd(lookAtRevocations(this.#sql));
    return revokedPlaces(Math.floor(Date.now() / 1000), this.#sql);
  }

  /** All entries of a task, oldest first. */
  entries(task: string): LedgerEntry[] {
    return readChain(task, this.#sql);
  }

  has(task: string): boolean {
    return this.#sql.exec("SELECT 1 FROM tasks WHERE task = ?", task).toArray().length > 0;
  }

  /** The ledger that contains a decision. */
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

  override alarm(): Promise<void> {
    return this.#upkeep.run(this.env.ARCHIVE);
  }

  /** @param turn whether it waits for the memory that it was decided by, or changes */
  #admitBy(turn: MemoryTurns["inTurn" | "atOnce"], admission: Admission): Promise<Admitted> {
    const asking = askingOf(admission);
    const change = (): Promise<Admitted> => this.#commits.make((now) => this.#judge.admit(admission, now));
    return asking === undefined ? change() : turn(asking, change);
  }
}

/** The memory that an admission was decided by or changes; undefined if there is none. */
function askingOf({ entry, memory }: Admission): Asking | undefined {
  return entry && memory && { owner: memory.owner, by: memory.by, id: entry.id };
}
