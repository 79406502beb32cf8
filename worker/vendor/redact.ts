/**
 * Overwrites texts in a stream of octets, in every form that forms.ts knows and across chunks, without holding back more than may be
 * the beginning of one.
 */
import { type Automaton, automatonFor, type State } from "./automaton.ts";

const STAR = "*".charCodeAt(0);

/** Each octet of a text becomes a star, so that lengths stay what they were. */
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

/** Whether a text, such as a header's value, holds one of the others in any form. */
export function holdsAny(value: string, texts: readonly string[]): boolean {
  const scan = createScanner(automatonFor(texts));
  scan.read(new TextEncoder().encode(value));
  return scan.found();
}

interface Scanner {
  /** What can go on: octets that are no beginning, with the texts among them overwritten. */
  read(chunk: Uint8Array): Uint8Array;
  rest(): Uint8Array;
  found(): boolean;
}

/** The work on an octet is bounded by the states of the automaton, whatever came before. */
function createScanner({ start, size }: Automaton): Scanner {
  let held: Uint8Array = new Uint8Array();
  let found = false;
  // States that may go on to an end, each with where its text began: in the order of their beginnings.
  let active: State[] = [];
  let began: number[] = [];
  const visited = new Float64Array(size);
  let steps = 0;

  /** @returns where the longest text begins that ends here; undefined where none does */
  function step(octet: number, at: number): number | undefined {
    const [states, beginnings]: [State[], number[]] = [[], []];
    let end: number | undefined;
    steps += 1;
    const enter = (next: readonly State[] | undefined, from: number): void => {
      for (const state of next ?? []) {
        // Whoever came first began first, and covers the others.
        if (visited[state.id] === steps) continue;
        visited[state.id] = steps;
        states.push(state);
        beginnings.push(from);
        if (state.ends) end ??= from;
      }
    };
    for (const [i, state] of active.entries()) enter(state.next.get(octet), began[i] as number);
    enter(start.next.get(octet), at);
    [active, began] = [states, beginnings];
    return end;
  }

  return {
    read(chunk) {
      const bytes = new Uint8Array(held.length + chunk.length);
      bytes.set(held);
      bytes.set(chunk, held.length);
      for (let at = held.length; at < bytes.length; at++) {
        const octet = chunk[at - held.length] as number;
        if (active.length === 0 && !start.next.has(octet)) continue;
        const from = step(octet, at);
        if (from === undefined) continue;
        found = true;
        bytes.fill(STAR, from, at + 1);
      }
      const first = began[0] ?? bytes.length;
      held = bytes.slice(first);
      began = began.map((from) => from - first);
      return bytes.subarray(0, first);
    },
    rest: () => held,
    found: () => found,
  };
}
