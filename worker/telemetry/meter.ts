/** The meter of the rooms: every sink gets every measurement, and keeps its own sums. */
import type { CounterName, HistogramName } from "./instruments.ts";
import { type Attributes, counted, observed, type Register } from "./series.ts";

/** Undefined attributes are left out. */
export type GivenAttributes = Readonly<Record<string, string | number | undefined>>;

export interface Meter {
  count(name: CounterName, attributes?: GivenAttributes): void;
  observe(name: HistogramName, attributes: GivenAttributes, milliseconds: number): void;
}

export function createMeter(registers: readonly Register[]): Meter {
  return {
    count(name, attributes = {}) {
      for (const register of registers) register.add(counted(name, given(attributes)));
    },
    observe(name, attributes, milliseconds) {
      for (const register of registers) register.add(observed(name, given(attributes), milliseconds / 1000));
    },
  };
}

function given(attributes: GivenAttributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter((pair): pair is [string, string | number] => pair[1] !== undefined),
  );
}
