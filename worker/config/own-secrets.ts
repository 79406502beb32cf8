/** Names of the gateway's own secrets, which no vendor, proxy or receiver may share. */

/** Keys that encrypt people's accounts at vendors. */
export const VAULT_KEYS = "VAULT_KEYS";
/** Keys of the gateway as an issuer for clouds. */
export const FEDERATION_KEYS = "FEDERATION_KEYS";

/** Those that every gateway may have, including the front of a self-hosted one. */
export const OWN_SECRETS = [
  "GATEWAY_KEYS",
  "POLICY_KEYS",
  "ADMIN_TOKEN",
  "CONSOLE_CLIENT_SECRET",
  "OTLP_HEADERS",
  "IP_HEADER",
  "FRONT_SECRET",
] as const;

export function isOwnSecret(name: string): boolean {
  return [...OWN_SECRETS, VAULT_KEYS, FEDERATION_KEYS].some((own) => own === name);
}
