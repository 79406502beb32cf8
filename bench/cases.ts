/** Every case: its names, what it asks, and what measures it. */
import { AUTHORIZER, authorizer } from "./authorizer.ts";
import type { BenchCase } from "./compare.ts";
import { coreCases, coreHashes, coreStart } from "./core.ts";
import { exchanges } from "./exchange.ts";
import { gatewayThreeHops } from "./gateway-3-hops.ts";
import { gatewayByHand } from "./gateway-by-hand.ts";
import { FRONT, gatewayFront } from "./gateway-front.ts";
import { gatewayLatency, LATENCY } from "./gateway-latency.ts";
import { gatewayManyTasks, MANY_TASKS } from "./gateway-many-tasks.ts";
import { gatewayMemory, MEMORY } from "./gateway-memory.ts";
import { GROWTH, growth } from "./growth.ts";
import { LEDGER_CASES, ledgerAppend } from "./ledger.ts";
import { POLICY_CASES, policyCases } from "./policy.ts";
import { TAIL, tail } from "./tail.ts";
import { TASK_MEMORY, taskMemory } from "./task-memory.ts";
import { VAULT, vault } from "./vault.ts";

export interface BenchOptions {
  readonly rounds: number;
  /** Of a round of closed loops; undefined: as many as the case thinks right. */
  readonly requests: number | undefined;
  /** Requests a second of open loops. */
  readonly rate: number | undefined;
  /** That the grown ledger has more. */
  readonly entries: number;
  /** That the tail runs. */
  readonly minutes: number;
  /** The name that `--only` gave. */
  readonly only: string | undefined;
}

export interface Question {
  /** What `--only` takes; all of them are measured together, where `about` does not say otherwise. */
  readonly names: readonly string[];
  readonly about: string;
  /** Runs only when it is named. */
  readonly byName?: true;
  run(options: BenchOptions): Promise<BenchCase[]>;
}

const CORE = ["verify-known-key", "verify-unknown-key", "verify-known-key-fallback"]
  .concat(["chain-4-known", "chain-4-mixed", "chain-4-full", "chain-4-again"])
  .concat(Array.from({ length: 8 }, (_, i) => `hops-${i + 1}`))
  .map((name) => `core-${name}`);

export const QUESTIONS: readonly Question[] = [
  {
    names: [...CORE.flatMap((name) => [name, `${name}-node`]), "core-verify"],
    about:
      "signatures and chains by the core against WebCrypto, noble, jose and libsodium, each case alone; in workerd, and with -node in Node. core-verify: core-verify-unknown-key under its old name",
    run: ({ rounds, only }) => coreCases(only)(rounds),
  },
  {
    names: ["core-sha512-400", "core-sha256-1k"],
    about: "hashes of 400 and 1,024 bytes against node:crypto, in Node",
    run: ({ rounds }) => coreHashes(rounds),
  },
  {
    names: ["core-size", "core-instantiate"],
    about: "what a cold isolate pays for the core: bytes, and milliseconds to its first verdict",
    run: ({ rounds }) => coreStart(rounds),
  },
  {
    names: POLICY_CASES,
    about: "decisions by sets of 21 to 10,000 policies against cedar-wasm, each case alone",
    run: ({ rounds, only }) => policyCases(only)(rounds),
  },
  {
    names: ["gateway-3-hops"],
    about: "requests/s under one task, chain of 3 hops, DPoP, 16 connections, against a bare pass-through",
    run: ({ rounds, requests }) => gatewayThreeHops("gateway-3-hops", 16)(rounds, requests),
  },
  {
    names: ["gateway-3-hops-64"],
    about: "the same over 64 connections",
    run: ({ rounds, requests }) => gatewayThreeHops("gateway-3-hops-64", 64)(rounds, requests),
  },
  {
    names: [MANY_TASKS],
    about:
      "the same over 64 connections, every request a task of its own; also files, bytes and open files that a request leaves",
    run: ({ rounds, requests }) => gatewayManyTasks(rounds, requests),
  },
  {
    names: [MEMORY],
    about: "requests/s under policies that count and limit what a task does, against the same policies without memory",
    run: ({ rounds, requests }) => gatewayMemory(rounds, requests),
  },
  {
    names: [FRONT],
    about: "requests/s as gateway-3-hops through the socket of npm run selfhost, against the same workerd without it",
    run: ({ rounds, requests }) => gatewayFront(rounds, requests),
  },
  {
    names: [AUTHORIZER],
    about:
      "requests/s for which another proxy asks: the subrequest of nginx alone, a whole request behind nginx (Debian's nginx-light), and AuthZEN, against the same requests through the gateway",
    byName: true,
    run: ({ rounds, requests }) => authorizer(rounds, requests),
  },
  {
    names: [VAULT],
    about:
      "milliseconds until 64 callers at once have used a person's account at a vendor whose token is over, and is renewed once, against one whose token is in force",
    run: ({ rounds }) => vault(rounds),
  },
  {
    names: ["gateway-by-hand"],
    about:
      "requests/s as gateway-3-hops, against the same guarantees written by hand with hono, jose and Durable Objects",
    run: ({ rounds, requests }) => gatewayByHand(rounds, requests),
  },
  {
    names: [LATENCY],
    about:
      "p50 and p99 at a fixed rate of 100 requests/s, what the gateway adds to a bare pass-through, and that in commits of a Durable Object as this run measured them",
    run: ({ rounds, rate = 100 }) => gatewayLatency(rounds, rate),
  },
  {
    names: LEDGER_CASES,
    about: "one entry of the ledger against a Durable Object that inserts and does nothing else",
    run: ({ rounds }) => ledgerAppend(rounds),
  },
  {
    names: ["exchange"],
    about:
      "token exchanges/s, no proofs, against the same flow by hand: stateless keeps nothing, recorded writes each token down",
    run: ({ rounds, requests }) => exchanges("exchange", false)(rounds, requests),
  },
  {
    names: ["exchange-dpop"],
    about: "the same, each request with a DPoP proof: recorded spends it, stateless verifies it alone",
    run: ({ rounds, requests }) => exchanges("exchange-dpop", true)(rounds, requests),
  },
  {
    names: [GROWTH],
    about:
      "a ledger with --entries more entries against an empty one: what is added to a request, and search by party, task and time",
    run: ({ rounds, rate = 100, entries }) => growth(rounds, rate, entries),
  },
  {
    names: [TAIL],
    about:
      "p50 and p99 minute by minute at 150 requests/s, a new task every 20 requests, against the pass-through for as long; memory, and disk a request",
    byName: true,
    run: ({ rate = 150, minutes }) => tail(rate, minutes),
  },
  {
    names: [TASK_MEMORY],
    about:
      "resident memory while a hundred thousand new tasks come (--requests), each of one request: the second half against the first",
    byName: true,
    run: ({ requests }) => taskMemory(requests),
  },
];
