/** Names of the secrets that the gateway has for itself: no vendor, proxy or receiver may be given one. */

/** What people's accounts at vendors are encrypted by. */
export const VAULT_KEYS = "VAULT_KEYS";
/** What the gateway is known by at clouds. */
export const FEDERATION_KEYS = "FEDERATION_KEYS";

/** Those that every gateway may have, the front of a self-hosted one included. */
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
