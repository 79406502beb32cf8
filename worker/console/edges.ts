/** What the console is given: configuration, clock, and the stores behind interfaces. */

import type { Context } from "hono";
import type { Approval, Vote } from "../approval/approval.ts";
import type { Passkey, UsedPasskey } from "../approval/passkey.ts";
import type { Review } from "../chain/names/review.ts";
import type { Workload } from "../chain/names/workload.ts";
import type { Authority } from "../chain/types.ts";
import type { Config } from "../config.ts";
import type { Env } from "../env.ts";
import type { Ledgers } from "../ledger/ledgers.ts";
import type { ActRecord } from "../ledger/record.ts";
import type { Client } from "../oauth/clients.ts";
import type { OpenId, SignInEdges } from "../people/openid.ts";
import type { SecretEdges } from "../people/secrets.ts";
import type { Comparison } from "../policy/comparisons.ts";
import type { Release } from "../policy/release.ts";
import type { KnownNames } from "../revocation/known.ts";
import type { RevocationLimits } from "../revocation/limits.ts";
import type { RevocationName } from "../revocation/name.ts";
import type { SecretStanding } from "../vendor/secret-age.ts";
import type { Member } from "./member.ts";

/** What a request to the console has. */
export interface ConsoleEnv {
  Bindings: Env;
  /** `authenticated`: when the member authenticated, in seconds since the epoch; undefined if unknown. */
  Variables: { console: Console; member: Member; authenticated: number | undefined };
}
export type ConsoleContext = Context<ConsoleEnv>;

export interface PolicyHistory {
  readonly current: string | undefined;
  readonly candidate: string | undefined;
  /** Newest first. */
  readonly releases: readonly Release[];
  /** What the candidate decided differently; undefined without a candidate. */
  readonly comparison: Comparison | undefined;
}

export interface RevokedKey {
  readonly key: string;
  readonly before: number | null;
  readonly time: string;
  readonly reason: string;
}

export interface Console extends SignInEdges, SecretEdges {
  readonly config: Config;
  /** The identity provider, if there is one. */
  readonly openId: OpenId | undefined;
  /** Signs the state of sign-ins in progress; undefined if the gateway has no signing key. */
  signInKey(): Promise<CryptoKey | undefined>;
  readonly ledger: Pick<Ledgers, "parts" | "search" | "workloads">;
  readonly approvals: {
    list(): Promise<Approval[]>;
    find(id: string): Promise<Approval | undefined>;
    /** undefined if the approval has ended, or the group has voted. */
    vote(id: string, vote: Vote, signed?: UsedPasskey): Promise<Approval | undefined>;
  };
  readonly passkeys: {
    list(person: string): Promise<Passkey[]>;
    /** @returns the nonce of a challenge */
    begin(person: string): Promise<string>;
    /** @returns false if the challenge is not open, or the passkey is not accepted */
    add(person: string, nonce: string, passkey: Passkey): Promise<boolean>;
    remove(person: string, id: string): Promise<boolean>;
  };
  readonly registered: KnownNames["registered"];
  clients(): Promise<Client[]>;
  /** Registered ones. */
  workloads(): Promise<Workload[]>;
  /** @returns the registration after the review; undefined if it has changed or ended since it was shown */
  reviewWorkload(name: string, review: Review): Promise<Workload | undefined>;
  /** Secrets of vendors. */
  secrets(): SecretStanding[];
  policies(): Promise<PolicyHistory>;
  revocations(): Promise<RevokedKey[]>;
  /** @returns shards of the ledger that do not know it yet */
  revoke(keys: readonly string[], reason: string, limits: RevocationLimits): Promise<string[]>;
  /** Shards of the ledger that do not have every revocation yet. */
  pending(): Promise<readonly string[]>;
  /** Tells receivers of security events of what was revoked. Never rejects. */
  tellRevoked(name: RevocationName, reason: string): void;
  /** Lifts permanent revocations. */
  lift(keys: readonly string[], reason: string): Promise<unknown>;
  /** Whether the authority is revoked. Rejects if that cannot be known. */
  isRevoked(authority: Authority): Promise<boolean>;
  /** Records what was done, after the answer was sent. Never rejects. */
  keepAct(ledger: string, act: ActRecord): void;
}
