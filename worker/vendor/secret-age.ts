/** Age of the secrets of vendors (docs/vendors.md). Pure. */
import { type Config, vendorSecrets } from "../config.ts";

type Read = (name: string) => string | undefined;

export interface SecretStanding {
  readonly name: string;
  /** What in the configuration needs it. */
  readonly by: string;
  /** Milliseconds since the epoch; undefined if the configuration does not say. */
  readonly since: number | undefined;
  readonly due: number | undefined;
  /** Name of the secret that is used instead. */
  readonly replacedBy: string | undefined;
}

export function secretsStanding(config: Config, read: Read): SecretStanding[] {
  return vendorSecrets(config).map(({ name, by }) => {
    const terms = Object.hasOwn(config.secrets, name) ? config.secrets[name] : undefined;
    return {
      name,
      by,
      since: terms?.since,
      due: terms && terms.since + terms.max_age_days * DAY_MS,
      replacedBy: terms?.next !== undefined && read(terms.next) ? terms.next : undefined,
    };
  });
}

const DAY_MS = 24 * 3600 * 1000;
/** Days before a secret is due at which the gateway begins to warn. */
const AHEAD_DAYS = 14;

/** In words, what an operator must do; undefined if nothing. @param now milliseconds since the epoch */
export function secretWarning({ name, due, replacedBy }: SecretStanding, now: number): string | undefined {
  if (replacedBy !== undefined)
    return `the secret ${replacedBy} is used instead of ${name}: revoke the old one at the vendor, and set ${name} to the new value`;
  if (due === undefined || now < due - AHEAD_DAYS * DAY_MS) return undefined;
  const day = new Date(due).toISOString().slice(0, 10);
  return now < due
    ? `the secret ${name} is due to be replaced on ${day}`
    : `the secret ${name} was due to be replaced on ${day}`;
}
