/** What the Worker is bound to at Cloudflare, and the commands of wrangler that show and make it. */

export const ENVIRONMENTS = ["production", "staging"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** One thing that must be there: how it is seen, and how it is made. */
export interface Resource {
  readonly name: string;
  readonly list: readonly string[];
  readonly create: readonly string[];
}

/** Where wrangler.toml gets the id of the KV namespace. */
export const PLACEHOLDERS: Readonly<Record<Environment, string>> = {
  production: "REPLACE-WITH-YOUR-KV-NAMESPACE-ID",
  staging: "REPLACE-WITH-YOUR-STAGING-KV-NAMESPACE-ID",
};

/** As wrangler.toml names them: those of staging are others than those of production. */
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

/** Whether a list of wrangler's, JSON or a table, names something. */
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
