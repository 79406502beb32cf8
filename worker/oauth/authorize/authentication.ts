/** How a person must have signed in, as a step-up challenge made the client request it (RFC 9470, section 4). Pure. */
import { OauthError } from "../errors.ts";
import type { Parameters } from "../parameters.ts";
import type { SignedIn } from "./person.ts";

export interface Wanted {
  /** One of them is enough; empty: any. */
  readonly acr: readonly string[];
  /** Seconds since the person authenticated. */
  readonly maxAge: number | undefined;
}

/** @throws OauthError `invalid_request` */
export function readWanted(parameters: Parameters): Wanted {
  const [acr, maxAge] = [parameters.get("acr_values"), parameters.get("max_age")];
  if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge))
    throw new OauthError("invalid_request", "`max_age` is not a number of seconds");
  return {
    acr: acr?.split(" ").filter((each) => each !== "") ?? [],
    maxAge: maxAge === undefined ? undefined : Number(maxAge),
  };
}

/** @param now seconds since the epoch */
export function isEnough({ acr, auth_time: authTime }: SignedIn, wanted: Wanted, now: number): boolean {
  if (wanted.acr.length > 0 && (acr === undefined || !wanted.acr.includes(acr))) return false;
  // A person who has just come back from the provider gets some time to read the page.
  return wanted.maxAge === undefined || (authTime !== undefined && now - authTime <= wanted.maxAge + READING_SECONDS);
}

const READING_SECONDS = 60;

/** The parameters for the provider. */
export function providerParameters({ acr, maxAge }: Wanted): Record<string, string> {
  return {
    ...(acr.length > 0 && { acr_values: acr.join(" ") }),
    ...(maxAge !== undefined && { max_age: String(maxAge) }),
  };
}
