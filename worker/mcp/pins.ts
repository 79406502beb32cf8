/** Tools whose definition, as this isolate has last seen it, differs from the reviewed one. */

export interface Pins {
  /** @param same whether the definition is the pinned one */
  saw(route: string, tool: string, same: boolean): void;
  hasChanged(route: string, tool: string): boolean;
}

/** Bounded by the configuration: only pinned tools are reported. */
export function createPins(): Pins {
  const changed = new Set<string>();
  const keyOf = (route: string, tool: string): string => JSON.stringify([route, tool]);
  return {
    saw: (route, tool, same) => {
      if (same) changed.delete(keyOf(route, tool));
      else changed.add(keyOf(route, tool));
    },
    hasChanged: (route, tool) => changed.has(keyOf(route, tool)),
  };
}
