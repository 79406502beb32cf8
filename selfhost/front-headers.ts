/** Headers in which the front (selfhost/front/) says what it knows of a caller, and by which workerd knows that the front says it. */
export const FRONT_HEADERS = {
  secret: "hopgate-front-secret",
  address: "hopgate-front-address",
  /** SHA-256 of a verified client certificate, in hexadecimal. */
  certificate: "hopgate-front-certificate",
} as const;
