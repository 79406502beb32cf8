/**
 * Top-level names for use inside a network, or reserved for no one (RFC 6761, RFC 6762, RFC 8375, RFC 9476); the last
 * four are not reserved, but are used for private names.
 */
const INSIDE = [
  "alt",
  "arpa",
  "example",
  "internal",
  "invalid",
  "local",
  "localhost",
  "onion",
  "test",
  "corp",
  "home",
  "lan",
  "mail",
];

/**
 * Whether a URL names a public host: https, the default port, not an IP address, not a private name. The Worker cannot
 * see which address a name resolves to.
 */
export function hasPublicName({ protocol, hostname, port }: URL): boolean {
  const labels = hostname.split(".");
  const last = labels.at(-1) as string;
  // The last label of an IPv4 address is digits; an IPv6 address has brackets; a name with a final dot has an empty
  // last label.
  const isName = labels.length > 1 && /^[a-z][a-z0-9-]*$/.test(last);
  return protocol === "https:" && port === "" && isName && !INSIDE.includes(last);
}
