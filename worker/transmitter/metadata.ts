/** The gateway's metadata as a transmitter (SSF 1.0, section 7). Pure. */
import { POLL, PUSH } from "./stream.ts";

export const SSF_METADATA = "/.well-known/ssf-configuration";

/**
 * Subjects are neither added nor removed: a stream has all of them.
 *
 * @param issuer the gateway's id
 * @param origin that the request was sent to
 */
export function transmitterMetadata(issuer: string, origin: string): object {
  return {
    spec_version: "1_0",
    issuer,
    jwks_uri: `${origin}/.well-known/jwks.json`,
    delivery_methods_supported: [PUSH, POLL],
    configuration_endpoint: `${origin}/ssf/stream`,
    status_endpoint: `${origin}/ssf/status`,
    verification_endpoint: `${origin}/ssf/verification`,
    authorization_schemes: [{ spec_urn: "urn:ietf:rfc:6750" }],
    default_subjects: "ALL",
  };
}
