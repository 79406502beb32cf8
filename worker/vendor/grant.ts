/** What a person has given the gateway at a vendor, as it is kept, and as the rooms ask for it. */
import * as v from "valibot";
import type { Party } from "../chain/party.ts";

/** What a vendor issued (RFC 6749, section 5.1). */
export const TokensSchema = v.object({
  access: v.string(),
  refresh: v.optional(v.string()),
  /** Milliseconds since the epoch from which the access token is not used any more; absent where the vendor did not say. */
  until: v.optional(v.number()),
});
export type Tokens = v.InferOutput<typeof TokensSchema>;

/** An access token of a person, to be sent once. */
export interface Usable {
  readonly token: string;
  /** Of the entry that it was read from: what is said of the token later is said of this one. */
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

/** The vault as the rooms know it. Each call rejects where the vault, or the vendor that it must ask, cannot be reached. */
export interface Grants {
  /** Whether the person has connected an account there. */
  has(subject: Party, vendor: string): Promise<boolean>;
  /** An access token that is good now; undefined where the person has connected no account, or the vendor has ended it. */
  use(subject: Party, vendor: string): Promise<Usable | undefined>;
  /** The vendor says that the token is over: it is renewed with the next use, a few times a minute. No account ends by it. */
  refuse(subject: Party, vendor: string, version: string): Promise<void>;
  keep(subject: Party, vendor: string, tokens: Tokens, scope: readonly string[]): Promise<void>;
  list(subject: Party): Promise<Connection[]>;
  /** @returns false where there was none */
  end(subject: Party, vendor: string): Promise<boolean>;
}
