/** Tools whose server described them otherwise than when somebody looked at them, as this isolate has seen it last. */

export interface Pins {
  /** @param same whether the tool was described as it was pinned */
  saw(route: string, tool: string, same: boolean): void;
  hasChanged(route: string, tool: string): boolean;
}

/** Bounded by the configuration: only tools that are pinned there are told of. */
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
