/** A person's grant at a vendor: as it is stored, and as other rooms use it. */
import * as v from "valibot";
import type { Party } from "../chain/party.ts";

/** Tokens that a vendor issued (RFC 6749, section 5.1). */
export const TokensSchema = v.object({
  access: v.string(),
  refresh: v.optional(v.string()),
  /** Milliseconds since the epoch after which the access token is no longer used; absent if the vendor did not say. */
  until: v.optional(v.number()),
});
export type Tokens = v.InferOutput<typeof TokensSchema>;

/** An access token of a person, to be sent once. */
export interface Usable {
  readonly token: string;
  /** Version of the entry that it was read from, so that a later refusal applies to this token. */
  readonly version: string;
}

/** An account that a person has connected, without its secrets. */
export interface Connection {
  readonly vendor: string;
  readonly scope: readonly string[];
  /** Seconds since the epoch: when it was connected, and when its tokens were issued last. */
  readonly since: number;
  readonly renewed: number;
}

/** The vault for other rooms. Each call rejects if the vault, or the vendor that it must call, cannot be reached. */
export interface Grants {
  /** Whether the person has connected an account there. */
  has(subject: Party, vendor: string): Promise<boolean>;
  /** A valid access token; undefined if the person has not connected an account, or the vendor has ended it. */
  use(subject: Party, vendor: string): Promise<Usable | undefined>;
  /**
   * The vendor refuses the token: it is renewed at the next use, a few times a minute. This does not end the account.
   */
  refuse(subject: Party, vendor: string, version: string): Promise<void>;
  keep(subject: Party, vendor: string, tokens: Tokens, scope: readonly string[]): Promise<void>;
  list(subject: Party): Promise<Connection[]>;
  /** @returns false if there was none */
  end(subject: Party, vendor: string): Promise<boolean>;
}
