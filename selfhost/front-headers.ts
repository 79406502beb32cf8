/**
 * Headers in which the front (selfhost/front/) sends facts about a caller, and the secret that proves that the front
 * has sent them.
 */
export const FRONT_HEADERS = {
  secret: "hopgate-front-secret",
  address: "hopgate-front-address",
  /** SHA-256 of a verified client certificate, in hexadecimal. */
  certificate: "hopgate-front-certificate",
} as const;
