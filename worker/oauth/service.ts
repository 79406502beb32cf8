/** What the authorization server uses: configuration, clock, and stores and network behind interfaces. */

import type { JSONWebKeySet } from "jose";
import type { AcceptedChain, Core } from "../../wasm/core.ts";
import type { NameProver } from "../chain/names/prove.ts";
import type { ChainFacts } from "../chain/types.ts";
import { type Config, routesOf } from "../config.ts";
import type { Ledgers } from "../ledger/ledgers.ts";
import type { ActRecord } from "../ledger/record.ts";
import type { MeasuredRequest } from "../telemetry/measured.ts";
import type { Trust } from "../trust/issuers.ts";
import type { Signer } from "../trust/signing.ts";
import type { Successor } from "./actor-chain/successor.ts";
import type { Client } from "./clients.ts";
import type { GrantRow, Turn } from "./grants/row.ts";
import type { Spend, Spending } from "./spend.ts";

export interface Service {
  readonly config: Config;
  readonly core: Core;
  /** The client of this id, at most `oauth.client_refresh` seconds old. Rejects if that cannot be known. */
  findClient(clientId: string): Promise<Client | undefined>;
  readonly trust: Trust;
  readonly names: NameProver;
  /** The facts of a verified chain, with how each name is known. Rejects with HopError. */
  factsOf(chain: string, verdict: AcceptedChain): Promise<ChainFacts>;
  readonly signer: Signer;
  /** The gateway's public keys, retiring ones too. */
  readonly publicKeys: JSONWebKeySet;
  readonly ledger: Pick<Ledgers, "admit" | "settle" | "isRevoked" | "spend" | "shards" | "shardOf" | "revokedPlaces">;
  readonly spend: Spend;
  /** At the token endpoint: what is spent together with what is issued. */
  takeSpending(): Spending[];
  /** The commitment of a workflow's step, fixed by its first request; undefined if another step was accepted before. */
  acceptStep(step: Successor, proof: string, actc: string): Promise<string | undefined>;
  /** Makes and checks DPoP nonces. */
  readonly nonceSecret: CryptoKey;
  /**
   * @param until seconds since the epoch: when everything that it ends has expired; without it, permanently
   * @returns shards of the ledger that do not know it yet
   */
  revoke(keys: readonly string[], reason: string, until?: number): Promise<string[]>;
  /** The grants that people gave clients. @param shard of a secret, or of a person */
  grantsAt(shard: string): GrantStore;
  /** Clients that have registered themselves. */
  readonly registrations: RegistrationStore;
  /** Takes one request of a rate. @returns milliseconds to wait; 0 if it may proceed */
  takeRate(name: string, rate: { readonly requests: number; readonly seconds: number }): Promise<number>;
  /**
   * Records what a person did, after the answer was sent. Never rejects. @param ledger identity of a task, or a day's
   */
  keepAct(ledger: string, act: ActRecord): void;
  /** Counts a request of the token endpoint, and reports it to telemetry. Never throws. */
  measure(request: MeasuredRequest): void;
  /** Lets work continue after the response. */
  afterwards(work: Promise<unknown>): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Rejects if the store cannot be reached. */
export interface GrantStore {
  open(row: GrantRow): Promise<void>;
  find(key: string): Promise<GrantRow | undefined>;
  /** False if the secret was used before: then the grant has ended. */
  turn(key: string, taken: string, next: Turn): Promise<boolean>;
  end(key: string): Promise<void>;
  list(person: string): Promise<GrantRow[]>;
}

/** The same. */
export interface RegistrationStore {
  /** False if there is no room. */
  add(id: string, client: string, expires: number): Promise<boolean>;
  find(id: string): Promise<string | undefined>;
  keep(id: string, expires: number): Promise<void>;
}

/** Whether a token may be for this audience: the gateway, the URL of a route, or one that the configuration adds. */
export function isTarget(target: string, config: Config): boolean {
  return target === config.gateway.id || config.oauth.audiences.includes(target) || routesOf(target, config).length > 0;
}
