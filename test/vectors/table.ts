/**
 * How the tables of chains are written: each row a name, what it is about, the verdict that it must get, and its
 * making.
 */
import type { ChainRule } from "../../wasm/verdict.ts";
import { craftChain, type HopChange } from "./craft.ts";

export interface Attack {
  /** Also the name of its file. */
  readonly name: string;
  readonly about: string;
  readonly rule: ChainRule;
  readonly hop: number;
  readonly member?: string;
  build(now: number): Promise<string>;
}

/** An attack that changes hops of the good chain. */
export function change(
  name: string,
  about: string,
  verdict: [rule: ChainRule, hop: number, member?: string],
  changes: (now: number) => Readonly<Record<number, HopChange>> | Promise<Readonly<Record<number, HopChange>>>,
): Attack {
  return attack(name, about, verdict, async (now) => (await craftChain(now, await changes(now))).chain);
}

export function attack(
  name: string,
  about: string,
  [rule, hop, member]: [rule: ChainRule, hop: number, member?: string],
  build: (now: number) => Promise<string>,
): Attack {
  return { name, about, rule, hop, ...(member !== undefined && { member }), build };
}

/** Replaces one segment of one hop without signing again. */
export async function tamper(
  now: number,
  hop: number,
  segment: number,
  edit: (text: string) => string,
): Promise<string> {
  const { hops } = await craftChain(now);
  return hops
    .map((jws, k) =>
      k !== hop
        ? jws
        : jws
            .split(".")
            .map((part, i) => (i === segment ? edit(part) : part))
            .join("."),
    )
    .join("~");
}

/** The claims of a hop of the good chain. */
export const goodClaims = (hop: number, now: number): Promise<Record<string, unknown>> =>
  craftChain(now).then(({ hops }) => JSON.parse(Buffer.from(hops[hop]?.split(".")[1] ?? "", "base64url").toString()));

/** A chain that holds every rule. */
export interface Good {
  readonly name: string;
  readonly about: string;
  build(now: number): Promise<string>;
}

/** One that differs from the good chain, and yet holds. */
export function good(
  name: string,
  about: string,
  changes: (now: number) => Readonly<Record<number, HopChange>> | Promise<Readonly<Record<number, HopChange>>>,
  length = 3,
): Good {
  return { name, about, build: async (now) => (await craftChain(now, await changes(now), length)).chain };
}
