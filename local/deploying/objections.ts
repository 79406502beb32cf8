/** Reasons not to deploy a configuration that would start, but was written for an example or for one machine. */
import { parse } from "smol-toml";
import type { Config } from "../../worker/config.ts";

/** Reserved names (RFC 2606, RFC 6761). */
const RESERVED = /(^|\.)(example|invalid|test|example\.(com|net|org))$/;
const LOOPBACK = /^(localhost|127\..*|\[::1\])$/;

/** @param text of a configuration that `readConfig` accepts @returns one line for each reason, with the field */
export function objectionsTo(
  text: string,
  { console, gateway, routes }: Pick<Config, "console" | "gateway" | "routes">,
): string[] {
  const found = textsIn(parse(text)).flatMap(([path, value]) => {
    const host = hostOf(value);
    if (RESERVED.test(host)) return [`${path}: \`${host}\` is a placeholder`];
    if (LOOPBACK.test(host)) return [`${path}: \`${host}\` is this machine, which Cloudflare cannot reach`];
    return [];
  });
  const local = console.local
    ? ["console.local: anyone with the admin token could sign in as anyone; use console.oidc"]
    : [];
  const shared = gateway.origins.filter((origin) => origin.includes("*") && origin.endsWith(".workers.dev"));
  const plain = routes.flatMap(({ allow_http: allowed }, index) =>
    allowed
      ? [`routes[${index}].allow_http: from Cloudflare the upstream is reached over the Internet; use https`]
      : [],
  );
  return [...found, ...local, ...plain, ...shared.map((origin) => `gateway.origins: \`${origin}\` is not yours alone`)];
}

/** Every string of a document with its path. */
function textsIn(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, `${path}[${index}]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => textsIn(item, path === "" ? name : `${path}.${name}`));
}

/** The host of a URL, also of one with a pattern; a string that could be a host name counts as one. */
function hostOf(value: string): string {
  const url = value.replace("://*.", "://");
  return URL.canParse(url) && url.includes("://") ? new URL(url).hostname : value;
}
