/** What a client is answered through the person's browser (RFC 6749, sections 4.1.2 and 4.1.2.1). */
import { OauthError } from "../errors.ts";
import type { Asker } from "./request.ts";

/**
 * Every answer says whose it is (RFC 9207): a client that speaks with several servers cannot be made to mix them up. 303, so that a
 * form is never sent on (RFC 9700, section 4.12).
 *
 * @param issuer the gateway's id, as the metadata has it
 */
export function answerClient({ redirectUri, state }: Asker, answer: Record<string, string>, issuer: string): Response {
  const parameters = new URLSearchParams({ ...answer, ...(state !== undefined && { state }), iss: issuer });
  // The address stays as it was registered, to the character.
  const location = `${redirectUri}${redirectUri.includes("?") ? "&" : "?"}${parameters}`;
  const headers = { location, "cache-control": "no-store", "referrer-policy": "no-referrer" };
  return new Response(null, { status: 303, headers });
}

/** Errors of the token endpoint's own terms mean nothing here. */
export function errorOf({ code, message }: OauthError): Record<string, string> {
  return { error: code === "invalid_client" ? "unauthorized_client" : code, error_description: message };
}

/**
 * Whether an error may send the browser on before anybody was asked. Whoever describes itself could make the gateway send people
 * anywhere (RFC 9700, section 4.11.2).
 */
export function isVouched({ client }: Asker): boolean {
  return client.kind !== "dynamic";
}

export function denied(): OauthError {
  return new OauthError("access_denied", "the person did not allow it");
}
