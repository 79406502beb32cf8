/** What the ledger keeps of one request. */
import type { Rule } from "../errors.ts";
import type { AccessTokenClaims, Actor, NarrowedClaims, Outcome } from "../types.ts";

/** An error code of the authorization server (worker/oauth/errors.ts). */
export type OauthRule = string & {};

/** One request of the ledger. */
export interface AuditRecord {
  /** The decision's id. */
  readonly id: string;
  /** ISO 8601, when the request arrived. */
  readonly time: string;
  readonly outcome: "allowed" | "denied" | "failed";
  /** The rule that ended the request, if one did. */
  readonly rule?: Rule | OauthRule;
  readonly message?: string;
  /** Absent where no chain was verified: then nothing is known of who asked. */
  readonly chain?: RecordedChain;
  readonly request?: { readonly route: string; readonly method: string; readonly path: string; readonly trace: string };
  readonly decision?: Outcome;
  /** Claims of the token that was issued, never the token. */
  readonly token?: NarrowedClaims | AccessTokenClaims;
  readonly upstream?: { readonly status: number; readonly milliseconds: number };
}

export interface RecordedChain {
  readonly txn: string;
  readonly hash: string;
  readonly subject: Actor;
  readonly actors: readonly Actor[];
  readonly purpose?: string;
  /** How possession was proven; "none" where it was not. */
  readonly proof: string;
  readonly hops: readonly RecordedHop[];
}

export interface RecordedHop {
  readonly iss: string;
  readonly sub: string;
  readonly aud: unknown;
  readonly scope: string;
  readonly exp: number;
  readonly jti?: string;
  readonly hash: string;
}
