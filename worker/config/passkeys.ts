/** `[console.passkeys]`: people approve by passkey where a policy asks for it (docs/console.md). */
import * as v from "valibot";
import { seconds } from "./fields.ts";

export const Passkeys = v.strictObject({
  /**
   * The relying party: the host of one of the gateway's origins, or a domain above it. A passkey is valid only there.
   */
  rp_id: v.pipe(v.string(), v.regex(/^(?:[a-z0-9-]{1,63}\.){0,10}[a-z0-9-]{1,63}$/, "must be a host in lower case")),
  /** Seconds after signing in for which a passkey can be added. */
  register_within: v.optional(seconds(5, 3600), 300),
});

/** Why browsers could not use passkeys; undefined if they can, or if none are configured. */
export function passkeysProblem({
  gateway: { origins },
  console: { passkeys },
}: {
  readonly gateway: { readonly origins: readonly string[] };
  readonly console: { readonly passkeys?: v.InferOutput<typeof Passkeys> | undefined };
}): string | undefined {
  if (passkeys === undefined || passkeyOrigins(origins, passkeys.rp_id).length > 0) return undefined;
  return "rp_id must be a host of gateway.origins, or a domain above one";
}

/** The origins whose pages may use passkeys of a relying party. */
export function passkeyOrigins(origins: readonly string[], rpId: string): string[] {
  return origins.filter((origin) => {
    const { hostname } = new URL(origin.replace("*.", ""));
    return !origin.includes("*") && (hostname === rpId || hostname.endsWith(`.${rpId}`));
  });
}
