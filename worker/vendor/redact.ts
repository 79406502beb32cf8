/**
 * Overwrites strings in a stream of octets, in every form of forms.ts and across chunks, and delays only octets that
 * may begin one.
 */
import { type Automaton, automatonFor, type Node, type Pattern, WHOLE } from "./automaton.ts";

const STAR = "*".charCodeAt(0);

/** Each octet of a string becomes an asterisk, so that lengths stay the same. */
export function redactor(texts: readonly string[]): TransformStream<Uint8Array, Uint8Array> {
  const scan = createScanner(automatonFor(texts));
  return new TransformStream({
    transform: (chunk, controller) => {
      const ready = scan.read(chunk);
      if (ready.length > 0) controller.enqueue(ready);
    },
    flush: (controller) => {
      const rest = scan.rest();
      if (rest.length > 0) controller.enqueue(rest);
    },
  });
}

/** Whether a text, such as a header's value, contains one of the strings in any form. */
export function holdsAny(value: string, texts: readonly string[]): boolean {
  const scan = createScanner(automatonFor(texts));
  scan.read(new TextEncoder().encode(value));
  return scan.found();
}

interface Scanner {
  /** Octets that can be passed on, with the strings among them overwritten. */
  read(chunk: Uint8Array): Uint8Array;
  rest(): Uint8Array;
  found(): boolean;
}

/** A possible match in progress. */
interface Begun {
  readonly pattern: Pattern;
  /** The character that is next or incomplete. */
  readonly at: number;
  readonly node: Node;
  /** Where it began. */
  readonly from: number;
}

/** More than the number of nodes, so that character and node can be combined into one number. */
const NODES = 2 ** 24;

/** The work for each octet is bounded by the length of the patterns. */
function createScanner({ patterns, first: firsts }: Automaton): Scanner {
  let held: Uint8Array = new Uint8Array();
  let found = false;
  // In order of their start.
  let active: Begun[] = [];

  /** @returns the start of the longest match that ends here; undefined if there is none */
  function step(octet: number, at: number): number | undefined {
    const going: Begun[] = [];
    const seen = new Set<number>();
    let end: number | undefined;
    const enter = ({ pattern, at: character, node, from }: Begun): void => {
      for (const next of node.next.get(octet) ?? []) {
        const isWhole = next === WHOLE;
        if (isWhole && character + 1 === pattern.starts.length) {
          end ??= from;
          continue;
        }
        const place = isWhole ? character + 1 : character;
        const reached = isWhole ? (pattern.starts[place] as Node) : next;
        // The first one began earliest, and covers the others.
        const key = (pattern.before + place) * NODES + reached.id;
        if (seen.has(key)) continue;
        seen.add(key);
        going.push({ pattern, at: place, node: reached, from });
      }
    };
    for (const begun of active) enter(begun);
    if (firsts.has(octet))
      for (const pattern of patterns) enter({ pattern, at: 0, node: pattern.starts[0] as Node, from: at });
    active = going;
    return end;
  }

  return {
    read(chunk) {
      const bytes = new Uint8Array(held.length + chunk.length);
      bytes.set(held);
      bytes.set(chunk, held.length);
      for (let at = held.length; at < bytes.length; at++) {
        const octet = chunk[at - held.length] as number;
        if (active.length === 0 && !firsts.has(octet)) continue;
        const from = step(octet, at);
        if (from === undefined) continue;
        found = true;
        bytes.fill(STAR, from, at + 1);
      }
      const first = active[0]?.from ?? bytes.length;
      held = bytes.slice(first);
      active = active.map((begun) => ({ ...begun, from: begun.from - first }));
      return bytes.subarray(0, first);
    },
    rest: () => held,
    found: () => found,
  };
}
