/** Which set a rollback releases again. */
import type { Published } from "./remote.ts";

/**
 * @param named hash of a released set; default: that of the newest earlier release by a key in POLICY_KEYS. Releases of
 *   a removed key, which may have leaked, are released again only by name.
 * @throws Error which says why there is none
 */
export function rollbackTarget({ current, releases, publishers }: Published, named?: string): string {
  const earlier = releases.flatMap((release) => (release.kind === "current" ? [release] : []));
  if (named !== undefined) {
    if (earlier.some(({ set }) => set === named)) return named;
    throw new Error(`no release had the set \`${named}\`: \`hopgate policy list\` shows the sets`);
  }
  const others = earlier.filter(({ set }) => set !== current);
  const target = others.find(({ publisher }) => publishers.includes(publisher));
  if (target !== undefined) return target.set;
  throw new Error(
    others.length === 0
      ? "there is no earlier release to go back to"
      : "every earlier release is by a key that is no longer in POLICY_KEYS: check its policies, and name its set (`hopgate policy list`)",
  );
}
