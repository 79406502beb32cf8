/** The answer to a client through the person's browser (RFC 6749, sections 4.1.2 and 4.1.2.1). */
import { OauthError } from "../errors.ts";
import type { Asker } from "./request.ts";

/**
 * Every answer names its issuer (RFC 9207), against mix-up attacks on clients of several servers. 303, so that the
 * browser never forwards a form (RFC 9700, section 4.12).
 *
 * @param issuer the gateway's id, as the metadata has it
 */
export function answerClient({ redirectUri, state }: Asker, answer: Record<string, string>, issuer: string): Response {
  const parameters = new URLSearchParams({ ...answer, ...(state !== undefined && { state }), iss: issuer });
  // The address stays exactly as it was registered.
  const location = `${redirectUri}${redirectUri.includes("?") ? "&" : "?"}${parameters}`;
  const headers = { location, "cache-control": "no-store", "referrer-policy": "no-referrer" };
  return new Response(null, { status: 303, headers });
}

/** Errors of the token endpoint are not defined here. */
export function errorOf({ code, message }: OauthError): Record<string, string> {
  return { error: code === "invalid_client" ? "unauthorized_client" : code, error_description: message };
}

/**
 * Whether an error may redirect the browser before the person was asked. Clients that registered themselves could make
 * the gateway an open redirector (RFC 9700, section 4.11.2).
 */
export function isVouched({ client }: Asker): boolean {
  return client.kind !== "dynamic";
}

export function denied(): OauthError {
  return new OauthError("access_denied", "the person did not allow it");
}
