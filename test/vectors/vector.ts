/** What stands in a file of `chains/`. */

export interface Vector {
  readonly about: string;
  readonly options: VectorOptions;
  readonly chain: string;
  readonly verdict: Accepted | Refused;
}

export interface Refused {
  readonly ok: false;
  readonly rule: string;
  readonly hop: number;
  readonly member?: string;
}

/**
 * A public JWK (RFC 7517). Its kind fixes the algorithm; an RSA key may say PS256, else it is RS256; an AKP key says
 * it.
 */
export type VectorKey = Readonly<Record<string, string>>;

export interface VectorIssuer {
  readonly issuer: string;
  readonly types: readonly string[];
  /** The scope of its tokens that carry none. */
  readonly scope?: string;
  /** The SPIFFE trust domain whose tokens without `iss` are its own. */
  readonly trust_domain?: string;
  readonly keys: readonly VectorKey[];
}

export interface VectorOptions {
  /** Seconds since the epoch. */
  readonly now: number;
  readonly skew: number;
  readonly max_hops: number;
  readonly max_bytes: number;
  readonly audiences: readonly string[];
  readonly issuers: readonly VectorIssuer[];
}

export interface AcceptedHop {
  /** base64url(SHA-256) of the compact JWS, and of what is signed. */
  readonly hash: string;
  readonly name: string;
  readonly thumbprint?: string;
  /** Whether the delegate's name lies below its delegator's. */
  readonly child?: boolean;
  /** The identity token in the header. */
  readonly wit?: string;
}

export interface Accepted {
  readonly ok: true;
  /** Index of hop 0's issuer in the options. */
  readonly issuer: number;
  /** The least `exp` of hops and identity tokens. */
  readonly expires: number;
  readonly hops: readonly AcceptedHop[];
}
