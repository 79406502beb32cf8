/**
 * The memory of one request (docs/policies.md, Memory): what its task, its caller and its subject have done, as last
 * seen. The policies read this copy; the ledger, which keeps the original, accepts a change only if the copy is still
 * current. What the policies read is tracked: a request whose policies read nothing depends on nothing.
 */
import { answerableOf } from "../chain/actors.ts";
import { partyId } from "../chain/party.ts";
import { countedSubject } from "../chain/subject.ts";
import { HopError } from "../errors.ts";
import type { TaskPlace } from "../ledger/ledgers.ts";
import { changed, changesNothing, difference, type Memory, type MemoryUse, NOTHING } from "../ledger/memory.ts";
import { LABELS, type MemoryNames, type MemoryOwner } from "../policy/memory.ts";
import type { MemoryChanges } from "../policy/remember.ts";
import type { VerifiedChain } from "../types.ts";
import type { Gateway } from "./gateway.ts";
import { planContext } from "./plan.ts";

/** `context.task` and `context.today`, with the attributes that a policy set uses. */
export interface RememberedContext {
  readonly task: Readonly<Record<string, unknown>>;
  readonly today?: Readonly<Record<string, unknown>>;
}

export type Use = Omit<MemoryUse, "owner">;

export interface RequestMemory {
  /** For the policies: from now on, what they read is tracked. */
  context(names: MemoryNames | undefined): RememberedContext;
  /**
   * Reads from the ledger what the policies have read from the cached copy.
   *
   * @returns whether anything differs: then they must decide again
   * @throws HopError `ledger_unavailable`
   */
  refresh(): Promise<boolean>;
  /**
   * What to send to the ledger about a memory; undefined if nothing reads it, and nothing changes beyond what the
   * request has added.
   */
  useOf(owner: MemoryOwner, changes: MemoryChanges): Use | undefined;
  placeOf(owner: MemoryOwner): TaskPlace;
  /** Takes over the ledger's result of a use. */
  changedByUse(owner: MemoryOwner, use: Use, memory: Memory): void;
  /** Takes over a memory that has changed: the request now has its turn, and must be decided again. */
  judgeAgainBy(owner: MemoryOwner, memory: Memory): void;
  /** Uses that undo what this request has added. */
  toGiveBack(): { readonly place: TaskPlace; readonly use: Use }[];
  /** Memories whose turn this request has. */
  held(): TaskPlace[];
  /** Number of changes during this request. */
  readonly moves: number;
}

interface Part {
  readonly place: TaskPlace;
  /** Without this request's own additions: its reservation must not count against it. */
  memory: Memory;
  /** What this request has added to it. */
  added: Readonly<Record<string, number>>;
  /** Whether the ledger has confirmed it to this request. */
  isFresh: boolean;
  isLookedAt: boolean;
  hasTurn: boolean;
}

type Remembering = Pick<Gateway, "ledger" | "seenMemories" | "now">;

export function createRequestMemory(chain: VerifiedChain, { ledger, seenMemories, now }: Remembering): RequestMemory {
  const by = partyId(answerableOf(chain.actors));
  const parts = new Map<MemoryOwner, Part>();
  let moves = 0;

  function partOf(owner: MemoryOwner): Part {
    const known = parts.get(owner);
    if (known !== undefined) return known;
    const place = placeOf(owner, chain, now());
    const memory = seenMemories.of(place.id);
    const part: Part = { place, memory, added: {}, isFresh: false, isLookedAt: false, hasTurn: false };
    parts.set(owner, part);
    return part;
  }

  function take(part: Part, memory: Memory): void {
    const others = changed(memory, { add: difference({}, part.added), labels: [] }) ?? memory;
    part.memory = { ...others, version: memory.version };
    part.isFresh = true;
    seenMemories.see(part.place.id, memory);
  }

  /** Attributes that track reads; their values stay the same, whatever is learnt later. */
  function attributes(owner: MemoryOwner, names: readonly string[]): Record<string, unknown> {
    if (names.length === 0) return {};
    const part = partOf(owner);
    const { sums, labels } = part.memory;
    const shown = {};
    for (const name of names) {
      const value = name === LABELS ? labels : (sums[name] ?? 0);
      const get = (): unknown => {
        part.isLookedAt = true;
        return value;
      };
      Object.defineProperty(shown, name, { enumerable: true, get });
    }
    return shown;
  }

  return {
    context(names) {
      const known = { id: chain.task.id, ...planContext(chain, chain.presentation.operation.action) };
      const task = Object.assign(names === undefined ? {} : attributes("task", names.task), known);
      if (names === undefined || names.caller.length + names.subject.length === 0) return { task };
      const today = {
        ...(names.caller.length > 0 && { caller: attributes("caller", names.caller) }),
        ...(names.subject.length > 0 && { subject: attributes("subject", names.subject) }),
      };
      return { task, today };
    },

    async refresh() {
      const stale = [...parts.values()].filter(({ isFresh, isLookedAt }) => isLookedAt && !isFresh);
      const differ = await Promise.all(
        stale.map(async (part) => {
          const { version } = part.memory;
          take(part, await reach(chain, ledger.memory(part.place)));
          return part.memory.version !== version;
        }),
      );
      return differ.includes(true);
    },

    useOf(owner, changes) {
      const { isLookedAt = false, memory = NOTHING, added = {} } = parts.get(owner) ?? {};
      const { add, labels } = changes[owner] ?? { add: {}, labels: [] };
      const change = { add: difference(add, added), labels };
      // A reservation is safe by itself, because later requests were decided with it. A read is valid only while
      // nothing changes.
      const holds = !isLookedAt || Object.keys(added).length > 0;
      if (holds && changesNothing(change)) return undefined;
      return { by, ...change, ...(isLookedAt && { seen: memory.version }) };
    },

    placeOf: (owner) => partOf(owner).place,

    changedByUse(owner, { add }, memory) {
      const part = partOf(owner);
      part.added = difference(part.added, difference({}, add));
      part.hasTurn = false;
      take(part, memory);
    },

    judgeAgainBy(owner, memory) {
      const part = partOf(owner);
      part.hasTurn = true;
      take(part, memory);
      moves += 1;
      for (const each of parts.values()) each.isLookedAt = false;
    },

    toGiveBack() {
      const added = [...parts.values()].filter((part) => Object.keys(part.added).length > 0);
      return added.map((part) => ({ place: part.place, use: { by, add: difference({}, part.added), labels: [] } }));
    },

    held: () => [...parts.values()].filter(({ hasTurn }) => hasTurn).map(({ place }) => place),

    get moves() {
      return moves;
    },
  };
}

const DAY_MS = 24 * 3600 * 1000;

/** A day's memory stays in one shard for that day, even if the number of shards is raised. */
function placeOf(owner: MemoryOwner, chain: VerifiedChain, now: number): TaskPlace {
  if (owner === "task") return chain.task;
  const day = now - (now % DAY_MS);
  // As for rates: children count as their delegator, and a subject that a client states counts as that client.
  const who = owner === "caller" ? partyId(answerableOf(chain.actors)) : countedSubject(chain);
  return { id: `${owner} ${new Date(day).toISOString().slice(0, 10)} ${who}`, began: day / 1000 };
}

/** @throws HopError `ledger_unavailable` */
export async function reach<T>(chain: VerifiedChain, asked: Promise<T>): Promise<T> {
  return asked.catch((cause: unknown) => {
    throw new HopError("ledger_unavailable", { evidence: { chain }, cause });
  });
}
