/** Grants as their store keeps them. */

export type SecretKind = "code" | "refresh" | "none";

export interface GrantRow {
  /** Hash of the grant's key: what finds it by a secret. */
  readonly key: string;
  /** What it is called on pages. */
  readonly id: string;
  readonly person: string;
  /** JSON of the grant. */
  readonly grant: string;
  /** JSON of the code, while there is one. */
  readonly code: string;
  readonly kind: SecretKind;
  /** Hash of the secret that is good next. */
  readonly secret: string;
  /** Seconds since the epoch: when a token was issued last; 0 before the first. */
  readonly used: number;
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** What follows a secret that was taken. */
export interface Turn {
  readonly kind: SecretKind;
  readonly secret: string;
  /** JSON of the grant, as it is from now on. */
  readonly grant: string;
  readonly now: number;
  readonly expires: number;
}
