/** The automaton that finds texts in every form of forms.ts, kept from one answer to the next. */
import { type Form, formsOf } from "./forms.ts";

export interface State {
  readonly id: number;
  /** Where each octet leads. */
  readonly next: Map<number, State[]>;
  /** Whether a text ends here. */
  ends: boolean;
}

export interface Automaton {
  readonly start: State;
  /** How many states it has. */
  readonly size: number;
}

/** Texts shorter than this stand in ordinary answers by chance: they are not looked for. */
const LEAST = 8;

/** Automata that are kept: a gateway has few secrets, but tokens of vendors change. */
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
  let size = 0;
  const newState = (): State => ({ id: size++, next: new Map(), ends: false });
  const start = newState();
  for (const form of texts.flatMap(formsOf)) addForm(start, form, newState);
  return { start, size };
}

/** A place's alternatives all lead from one state to one state. */
function addForm(start: State, form: Form, newState: () => State): void {
  let from = start;
  for (const place of form) {
    const to = newState();
    for (const sets of place) {
      let state = from;
      sets.forEach((octets, i) => {
        const next = i === sets.length - 1 ? to : newState();
        for (const octet of octets) state.next.set(octet, [...(state.next.get(octet) ?? []), next]);
        state = next;
      });
    }
    from = to;
  }
  from.ends = true;
}
