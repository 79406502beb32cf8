/** The Worker's resources at Cloudflare, and the wrangler commands that list and create them. */

export const ENVIRONMENTS = ["production", "staging"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** One resource: how to list and create it. */
export interface Resource {
  readonly name: string;
  readonly list: readonly string[];
  readonly create: readonly string[];
}

/** The place of the KV namespace's id in wrangler.toml. */
export const PLACEHOLDERS: Readonly<Record<Environment, string>> = {
  production: "REPLACE-WITH-YOUR-KV-NAMESPACE-ID",
  staging: "REPLACE-WITH-YOUR-STAGING-KV-NAMESPACE-ID",
};

/** Named as in wrangler.toml; staging and production have different ones. */
export function nameIn(environment: Environment, name: string): string {
  return environment === "production" ? name : `${name}-${environment}`;
}

export function resourcesOf(environment: Environment): Resource[] {
  const named = (name: string): string => nameIn(environment, name);
  const namespace = named("hopgate");
  const notices = named("hopgate-notices");
  const bucket = named("hopgate-ledger");
  return [
    { name: namespace, list: ["kv", "namespace", "list"], create: ["kv", "namespace", "create", namespace] },
    { name: notices, list: ["queues", "list"], create: ["queues", "create", notices] },
    { name: bucket, list: ["r2", "bucket", "list"], create: ["r2", "bucket", "create", bucket] },
  ];
}

/** Whether wrangler's list, JSON or a table, contains a name. */
export function isListed(list: string, name: string): boolean {
  return new RegExp(`(^|[^\\w-])${name}([^\\w-]|$)`, "m").test(list);
}

export function commandsOf(
  environment: Environment,
): Readonly<Record<"deploy" | "listSecrets" | "putSecrets", string[]>> {
  const env = ["--env", environment];
  return {
    deploy: ["deploy", ...env],
    listSecrets: ["secret", "list", ...env, "--format", "json"],
    putSecrets: ["secret", "bulk", ...env],
  };
}
