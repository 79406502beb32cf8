/** Identifies the configured proxy that asks. Nothing that it sends is used before. */
import type { AskingProxy } from "../config.ts";
import { certificateThumbprint } from "../http/client-certificate.ts";
import { isSameSecret } from "../trust/same-secret.ts";
import type { Gateway } from "./gateway.ts";

type Knowing = Pick<Gateway, "config" | "core" | "secretOf">;

/**
 * By its secret or its client certificate; undefined if it is not one of the proxies.
 *
 * @param told the secret in the request
 */
export function askingProxy(
  request: Request,
  told: string | null,
  { config, core, secretOf }: Knowing,
): AskingProxy | undefined {
  const certificate = certificateThumbprint(request);
  // Compares with all of them even after a match, so that the time does not reveal which one matched.
  const [proxy] = config.authorizer.proxies.filter(({ secret, certificate: own }) =>
    secret === undefined ? own === certificate : told !== null && isSameSecret(told, secretOf(secret), core.sha256),
  );
  return proxy;
}

/** The header of the secret. */
export const SECRET_HEADER = "hop-authorizer";
