/** `[secrets.NAME]`: since when a secret of a vendor is in use, when it is due to be replaced, and by which (docs/vendors.md). */
import * as v from "valibot";
import { secretName, time } from "./fields.ts";
import { KEY_SETS, type Naming, nextOf, vendorSecrets } from "./secrets.ts";

export const SecretTerms = v.strictObject({
  /** When it was made at the vendor. */
  since: time,
  /** Days after which it is due to be replaced. */
  max_age_days: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3_650)),
  /** Name of the secret that replaces it: used in its place as soon as it is set. */
  next: v.optional(secretName),
});
export type SecretTerms = v.InferOutput<typeof SecretTerms>;

interface Around extends Naming {
  readonly secrets: Readonly<Record<string, SecretTerms>>;
}

/** Terms that no secret of a vendor can have: the field, and what is wrong. Undefined where all can be kept. */
export function secretTermsProblem({ secrets, ...naming }: Around): string | undefined {
  const keySet = KEY_SETS.find((name) => nextOf(name, secrets) !== undefined);
  if (keySet !== undefined)
    return `secrets.${keySet}.next: does not apply to a set of keys: add the new key to \`${keySet}\``;
  const used = vendorSecrets(naming).map(({ name }) => name);
  const unknown = Object.keys(secrets).find((name) => !used.includes(name));
  if (unknown !== undefined) return `secrets.${unknown}: is the name of no secret that a route or a vendor uses`;
  const nexts = Object.values(secrets).map(({ next }) => next);
  const taken = Object.entries(secrets).find(
    ([, { next }]) => next !== undefined && (used.includes(next) || nexts.indexOf(next) !== nexts.lastIndexOf(next)),
  );
  return taken && `secrets.${taken[0]}.next: is in use for something else`;
}
