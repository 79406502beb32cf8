/** The shape of what a verified chain says: its subject, its actors and how each name is known, and its task. */
import type { ChainHop } from "../../wasm/core.ts";
import type { NameProof } from "./names/proof.ts";
import type { Ownership } from "./names/workload.ts";
import type { Party } from "./party.ts";
import type { RootClaims } from "./root-claims.ts";

/** A workload or agent that acts for the subject. */
export interface Actor extends Party {
  /** How the gateway knows that the actor's key belongs to its name. */
  readonly proof: NameProof;
}

/** What the gateway wrote into one of its own tokens. */
export interface OwnClaims {
  /** Who the token is for, by their own issuer (`sub_id`). */
  readonly subject: Party;
  /** How each actor is known, origin first (`act_proof`). */
  readonly proofs: readonly NameProof[];
  /** Who introduced the task (`txn_by`), and when it began, in seconds since the epoch (`txn_began`). */
  readonly introducer: Party;
  readonly began: number;
  /** Who stated the purpose (`purpose_by`). */
  readonly purposeBy: Party | undefined;
  /** Who stated the plan of the task (`plan_by`). */
  readonly planBy: Party | undefined;
  /** Claims of the first root that policies see (`root_claims`). */
  readonly policyClaims: RootClaims;
}

/** Hop 0 as the gateway understands it. */
export interface Root {
  readonly claims: Readonly<Record<string, unknown>>;
  /** The issuer's name in the configuration; the gateway's id for its own tokens. */
  readonly issuer: string;
  /** Who answers for the names in it: the trust domain if the issuer speaks for one, else the issuer. */
  readonly authority: string;
  /** Claims that the issuer's entry maps. */
  readonly mapped: {
    readonly subject?: string | undefined;
    readonly actor?: string | undefined;
    readonly purpose?: string | undefined;
  };
  readonly own: OwnClaims | undefined;
  /** Claims that policies see. */
  readonly policyClaims: RootClaims;
  /**
   * The party that the issuer means by a name.
   *
   * @param whose the issuer that the name belongs to, according to the root
   */
  partyOf(name: string, whose?: string): Party;
}

/** Every name under which the subject's issuer knows them. */
export interface SubjectNames {
  /** The `sub`, the mapped claim. */
  readonly names: readonly Party[];
  /** Issuer and e-mail address in lower case, if the issuer states one. */
  readonly email: Party | undefined;
}

export interface Task {
  /** Its identity: `taskId`. */
  readonly id: string;
  readonly txn: string;
  readonly by: Party;
  /**
   * Identity of the root's own task, if the root names none and a later hop introduces this one: when that task ends,
   * so does this one.
   */
  readonly within: string | undefined;
  /**
   * Seconds since the epoch: when the first root was issued; 0 if that root does not say, because it may be of any age.
   */
  readonly began: number;
}

export interface Purpose {
  readonly text: string;
  /** Who stated it: the root's issuer, else the delegator who introduced it. */
  readonly by: Party;
}

/** What was approved of a task before it began (`tctx.plan`). */
export interface Plan {
  /** undefined if its form is unknown: then nothing is in it. */
  readonly steps: readonly PlanStep[] | undefined;
  /** Who stated it: the root's issuer, else the delegator who introduced the task's context. */
  readonly by: Party;
}

export interface PlanStep {
  /** As routes name it. */
  readonly action: string;
  /** `partyId` of the caller that may request it; absent: any caller of the chain. */
  readonly actor?: string | undefined;
}

/** An actor whose registration no longer counts: its index, and why. */
export interface Ended {
  readonly index: number;
  readonly rule: "actor_disabled" | "actor_expired";
}

/** What a chain says after every signature, link, claim and narrowing has been verified. */
export interface ChainFacts {
  readonly hops: readonly [ChainHop, ...ChainHop[]];
  /** base64url(SHA-256) of the chain as sent. */
  readonly hash: string;
  readonly root: Root;
  readonly subject: Party;
  readonly subjectNames: SubjectNames;
  /** Origin workload first, caller last. */
  readonly actors: readonly [Actor, ...Actor[]];
  /** Who answers for each actor, by the registry; undefined if it has no owner. */
  readonly ownership: readonly (Ownership | undefined)[];
  /** The first actor whose registration no longer counts. */
  readonly ended: Ended | undefined;
  readonly task: Task;
  readonly tctx: Record<string, unknown> | undefined;
  readonly purpose: Purpose | undefined;
  readonly plan: Plan | undefined;
  readonly scopes: readonly string[];
  /** Seconds since the epoch. */
  readonly expires: number;
  /** Everything that the chain depends on. */
  readonly authority: Authority;
  /** Claim `lineage` of a token derived from the chain: the names of everything that the token comes from. */
  readonly lineage: readonly string[];
}

/** What a chain or a token depends on. Each key may be revoked, permanently or for what was issued until a time. */
export interface Authority {
  /** Made by `revocation.ts`. */
  readonly keys: readonly string[];
  /** Seconds since the epoch. */
  readonly issued: number;
}

/** What the ledger keeps about a chain. */
export interface RecordedChain {
  /** The task's identity: the name of its ledger. */
  readonly task: string;
  readonly txn: string;
  /** Who introduced `txn`. */
  readonly introducer: Party;
  readonly hash: string;
  readonly subject: Party;
  /** Origin first, with how each name is known. */
  readonly actors: readonly Actor[];
  readonly purpose?: string;
  /** Who stated the purpose. */
  readonly purposeBy?: Party;
  /** How possession was proven; "none" if it was not. */
  readonly proof: string;
  readonly hops: readonly RecordedHop[];
}

export interface RecordedHop {
  readonly iss: string;
  readonly sub: string;
  readonly aud: unknown;
  readonly scope: string;
  /** Absent if the root had none. */
  readonly iat?: number;
  readonly exp: number;
  readonly jti?: string;
  /** `authorization_details` (RFC 9396). */
  readonly details?: readonly unknown[];
  /** SHA-256 of the signed bytes: the name by which the hop is revoked. */
  readonly name: string;
}
