/** Proposes narrower grants from what was used, as a Cedar policy and as changes of clients. Pure. */
import type { InventoryItem } from "../worker/ledger/inventory.ts";

/** Actors with scopes that they never used. */
function overGranted(items: readonly InventoryItem[]): InventoryItem[] {
  return items.filter(({ unused }) => unused.length > 0);
}

/**
 * A forbid for each caller that held more than it used, which permits only what it did. To be added to the policies and
 * evaluated in shadow mode first.
 */
export function narrowingPolicy(items: readonly InventoryItem[], date: string): string {
  const policies = overGranted(items)
    // A told name is not a workload in policies.
    .filter(({ actor, uses }) => uses.length > 0 && !actor.endsWith(" (told)"))
    .map(({ actor, uses, unused }) => {
      const done = uses.map(
        ({ action, route }) =>
          `  (action == Action::${JSON.stringify(action)} && resource == Route::${JSON.stringify(route)})`,
      );
      return `@id(${JSON.stringify(`only-as-used-${slug(actor)}`)})
@reason(${JSON.stringify(`outside of what ${actor} was seen to do until ${date}`)})
// never used: ${unused.join(" ")}
forbid (
  principal == Workload::${JSON.stringify(actor)},
  action,
  resource
) unless {
${done.join(" ||\n")}
};
`;
    });
  return policies.join("\n");
}

/** `hopgate client narrow` for each registered client with scopes that were never used. */
export function narrowingCommands(
  items: readonly InventoryItem[],
  registered: ReadonlyMap<string, readonly string[]>,
): string[] {
  return overGranted(items).flatMap(({ client, used }) => {
    const scopes = client === undefined ? undefined : registered.get(client);
    if (client === undefined || scopes === undefined) return [];
    const kept = scopes.filter((scope) => used.includes(scope));
    return kept.length === scopes.length ? [] : [`hopgate client narrow ${client} --scope "${kept.join(" ")}"`];
  });
}

function slug(actor: string): string {
  return actor.replace(/^[a-z+.-]+:\/\//i, "").replace(/[^A-Za-z0-9]+/g, "-");
}
