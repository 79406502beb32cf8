/**
 * Names at the end of a host that are for use inside a network, or nobody's (RFC 6761, RFC 6762, RFC 8375, RFC 9476; the last four
 * are in use for private names all the same).
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
 * Whether a URL names a host that everybody may have: by https at the usual port, neither an address nor a name of a network's own.
 * Nobody here can see to which address a name resolves.
 */
export function hasPublicName({ protocol, hostname, port }: URL): boolean {
  const labels = hostname.split(".");
  const last = labels.at(-1) as string;
  // The last label of an IPv4 address is digits; an IPv6 address has brackets, and a name with a dot at its end an empty last label.
  const isName = labels.length > 1 && /^[a-z][a-z0-9-]*$/.test(last);
  return protocol === "https:" && port === "" && isName && !INSIDE.includes(last);
}
