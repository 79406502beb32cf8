/** Which secrets a configuration needs, and where they come from. */
import { type Config, vendorSecrets } from "../../worker/config.ts";

/** Made by `npm run deploy` where they are not set. */
export const MADE = ["GATEWAY_KEYS", "POLICY_KEYS", "ADMIN_TOKEN"] as const;

export interface NeededSecret {
  readonly name: string;
  /** What in the configuration needs it. */
  readonly by: string;
}

/** Those that only the operator has. */
export function neededSecrets(config: Config): NeededSecret[] {
  const { console, telemetry } = config;
  return [
    ...vendorSecrets(config),
    ...(console.oidc === undefined ? [] : [{ name: "CONSOLE_CLIENT_SECRET", by: "console.oidc" }]),
    ...(telemetry === undefined ? [] : [{ name: "OTLP_HEADERS", by: "telemetry ({} if it needs none)" }]),
  ];
}
