/** Which secrets a configuration needs, and where they come from. */
import type { Config } from "../../worker/config.ts";

/** Made by `npm run deploy` where they are not set. */
export const MADE = ["GATEWAY_KEYS", "POLICY_KEYS", "ADMIN_TOKEN"] as const;

export interface NeededSecret {
  readonly name: string;
  /** What in the configuration needs it. */
  readonly by: string;
}

/** Those that only the operator has. */
export function neededSecrets({ routes, console, telemetry }: Config): NeededSecret[] {
  const vendors = routes.flatMap(({ id, credential }) =>
    credential === undefined ? [] : [{ name: credential.secret, by: `the credential of route ${id}` }],
  );
  return [
    ...new Map(vendors.map((secret) => [secret.name, secret])).values(),
    ...(console.oidc === undefined ? [] : [{ name: "CONSOLE_CLIENT_SECRET", by: "console.oidc" }]),
    ...(telemetry === undefined ? [] : [{ name: "OTLP_HEADERS", by: "telemetry ({} if it needs none)" }]),
  ];
}
