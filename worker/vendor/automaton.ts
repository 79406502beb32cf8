/**
 * Automata that find strings in every form of forms.ts, cached between answers. The encodings of a character are
 * computed once for all strings, so a token of a thousand characters costs a thousand references.
 */
import { type Form, formsOf, type Place } from "./forms.ts";

/** A state within the encodings of one character. */
export interface Node {
  readonly id: number;
  /** The next states for each octet. */
  readonly next: Map<number, Node[]>;
}

/** The character is complete; the next one follows. */
export const WHOLE: Node = { id: 0, next: new Map() };

/** One form of a string: the first state of each character. */
export interface Pattern {
  readonly starts: readonly Node[];
  /** Number of characters in the patterns before it. */
  readonly before: number;
}

export interface Automaton {
  readonly patterns: readonly Pattern[];
  /** Octets that begin a pattern. */
  readonly first: ReadonlySet<number>;
}

/** Shorter strings occur in ordinary answers by chance, so they are not searched for. */
const LEAST = 8;

/** Most automata that are cached: a gateway has few secrets, but tokens of vendors change. */
const MOST_KEPT = 64;
const kept = new Map<string, Automaton>();

export function automatonFor(texts: readonly string[]): Automaton {
  const name = JSON.stringify(texts);
  const known = kept.get(name);
  if (known !== undefined) return known;
  const made = build(texts.filter((text) => new TextEncoder().encode(text).length >= LEAST));
  const [oldest] = kept.keys();
  if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(name, made);
  return made;
}

function build(texts: readonly string[]): Automaton {
  const patterns: Pattern[] = [];
  let before = 0;
  for (const form of texts.flatMap(formsOf)) {
    patterns.push({ starts: form.map(startOf), before });
    before += form.length;
  }
  return { patterns, first: new Set(patterns.flatMap(({ starts: [start] }) => [...(start as Node).next.keys()])) };
}

let nodes = WHOLE.id;
const starts = new WeakMap<Place, Node>();

/** All alternatives of a place lead from one node to `WHOLE`. */
function startOf(place: Form[number]): Node {
  const known = starts.get(place);
  if (known !== undefined) return known;
  const newNode = (): Node => ({ id: ++nodes, next: new Map() });
  const start = newNode();
  for (const sets of place) {
    let node = start;
    sets.forEach((octets, i) => {
      const next = i === sets.length - 1 ? WHOLE : newNode();
      for (const octet of octets) node.next.set(octet, [...(node.next.get(octet) ?? []), next]);
      node = next;
    });
  }
  starts.set(place, start);
  return start;
}
