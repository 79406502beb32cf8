/** Who somebody is by an ID token: the same party, and the same names, as where a chain begins with that issuer. Pure. */
import type { Party } from "../chain/party.ts";
import type { Issuer } from "../config.ts";
import { mappedClaim } from "../trust/root.ts";

/** @param claims of an ID token that was verified */
export function personOf(
  claims: { readonly iss: string; readonly sub: string; readonly [name: string]: unknown },
  issuers: readonly Issuer[],
): Party & { readonly names: Party[] } {
  const { iss, sub, email } = claims;
  const issuer = issuers.find((each) => each.issuer === iss);
  const mapped = mappedClaim(issuer, "subject", claims);
  const names = [mapped, typeof email === "string" ? email : undefined].filter((name) => name !== undefined);
  return { iss, sub, names: names.map((name) => ({ iss, sub: name })) };
}
