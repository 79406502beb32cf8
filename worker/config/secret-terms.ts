/**
 * `[secrets.NAME]`: when a vendor's secret was made, when it is due to be replaced, and by which one (docs/vendors.md).
 */
import * as v from "valibot";
import { sharedSecretName, time } from "./fields.ts";
import { callerSecrets, KEY_SETS, type Known, type Naming, nextOf, vendorSecrets } from "./secrets.ts";

export const SecretTerms = v.strictObject({
  /** When it was created at the vendor. */
  since: time,
  /** Days after which it is due to be replaced. */
  max_age_days: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3_650)),
  /** Name of the secret that replaces it: used in its place as soon as it is set. */
  next: v.optional(sharedSecretName),
});
export type SecretTerms = v.InferOutput<typeof SecretTerms>;

interface Around extends Naming, Omit<Known, "secrets"> {
  readonly secrets: Readonly<Record<string, SecretTerms>>;
}

/** What is wrong with the secrets of vendors and their terms: the field and the reason. Undefined if nothing is. */
export function secretsProblem({ secrets, authorizer, receivers, ...naming }: Around): string | undefined {
  const keySet = KEY_SETS.find((name) => nextOf(name, secrets) !== undefined);
  if (keySet !== undefined)
    return `secrets.${keySet}.next: does not apply to a set of keys: add the new key to \`${keySet}\``;
  const sent = vendorSecrets(naming);
  const used = sent.map(({ name }) => name);
  // A vendor that is sent the secret of a proxy or a receiver could call the gateway as that one.
  const callers = callerSecrets({ authorizer, receivers });
  const shared = sent.find(({ name }) => callers.includes(name));
  if (shared !== undefined)
    return `${shared.by}: names the secret ${shared.name}, by which the gateway knows a proxy or a receiver`;
  const unknown = Object.keys(secrets).find((name) => !used.includes(name));
  if (unknown !== undefined) return `secrets.${unknown}: is not the name of a secret that a route or a vendor uses`;
  const nexts = Object.values(secrets).map(({ next }) => next);
  const taken = Object.entries(secrets).find(
    ([, { next }]) =>
      next !== undefined && ([...used, ...callers].includes(next) || nexts.indexOf(next) !== nexts.lastIndexOf(next)),
  );
  return taken && `secrets.${taken[0]}.next: is in use for something else`;
}
