/** Which of the configured proxies asks. Before it is known nothing that it says is looked at. */
import type { AskingProxy } from "../config.ts";
import { certificateThumbprint } from "../http/client-certificate.ts";
import { isSameSecret } from "../trust/same-secret.ts";
import type { Gateway } from "./gateway.ts";

type Knowing = Pick<Gateway, "config" | "core" | "secretOf">;

/**
 * By its secret or its client certificate; undefined if it is not one of the proxies.
 *
 * @param told the secret, as the request has it
 */
export function askingProxy(
  request: Request,
  told: string | null,
  { config, core, secretOf }: Knowing,
): AskingProxy | undefined {
  const certificate = certificateThumbprint(request);
  // All are looked at, however soon one fits: how long that takes tells nothing of which.
  const [proxy] = config.authorizer.proxies.filter(({ secret, certificate: own }) =>
    secret === undefined ? own === certificate : told !== null && isSameSecret(told, secretOf(secret), core.sha256),
  );
  return proxy;
}

/** The header of the secret. */
export const SECRET_HEADER = "hop-authorizer";
