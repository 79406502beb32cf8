/** Wrangler's settings for each of the gateway's origins. */

/**
 * Options of `wrangler deploy`: a custom domain for each host, for which Cloudflare makes DNS records and certificates, and a
 * route for each pattern. `*.workers.dev` needs neither: it is `workers_dev = true` of the environment in wrangler.toml.
 */
export function addressOptions(origins: readonly string[]): string[] {
  return origins.flatMap((origin) => {
    const host = origin.replace(/^https:\/\//, "");
    if (host.endsWith(".workers.dev")) return [];
    return host.startsWith("*.") ? ["--route", `${host}/*`] : ["--domain", host];
  });
}

/** @returns what must change in wrangler.toml before an origin at workers.dev answers; undefined if nothing */
export function workersDevObjection(
  origins: readonly string[],
  enabled: boolean,
  environment: string,
): string | undefined {
  if (enabled || !origins.some((origin) => origin.endsWith(".workers.dev"))) return undefined;
  return `gateway.origins: workers.dev is off for [env.${environment}] in wrangler.toml: set workers_dev = true`;
}
