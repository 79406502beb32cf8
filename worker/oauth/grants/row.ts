/** The rows of the store of grants. */

export type SecretKind = "code" | "refresh" | "none";

export interface GrantRow {
  /** Hash of the grant's key, which is part of every secret. */
  readonly key: string;
  /** Its id on pages. */
  readonly id: string;
  readonly person: string;
  /** JSON of the grant. */
  readonly grant: string;
  /** JSON of the code, while there is one. */
  readonly code: string;
  readonly kind: SecretKind;
  /** Hash of the secret that is valid now. */
  readonly secret: string;
  /** Seconds since the epoch: when the last token was issued; 0 before the first. */
  readonly used: number;
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** What replaces a used secret. */
export interface Turn {
  readonly kind: SecretKind;
  readonly secret: string;
  /** JSON of the grant from now on. */
  readonly grant: string;
  readonly now: number;
  readonly expires: number;
}
