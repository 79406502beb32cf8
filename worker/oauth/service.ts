/** What the authorization server is given: configuration, clock, and the edges behind interfaces. */

import type { JSONWebKeySet } from "jose";
import type { AcceptedChain, Core } from "../../wasm/core.ts";
import type { NameProver } from "../chain/names/prove.ts";
import type { ChainFacts } from "../chain/types.ts";
import { type Config, resourceOf } from "../config.ts";
import type { Ledgers } from "../ledger/ledgers.ts";
import type { MeasuredRequest } from "../telemetry/measured.ts";
import type { Trust } from "../trust/issuers.ts";
import type { Signer } from "../trust/signing.ts";
import type { Client } from "./clients.ts";
import type { Spend, Spending } from "./spend.ts";

export interface Service {
  readonly config: Config;
  readonly core: Core;
  /** The client of this id, as it was at most `oauth.client_refresh` seconds ago. Rejects where that cannot be known. */
  findClient(clientId: string): Promise<Client | undefined>;
  readonly trust: Trust;
  readonly names: NameProver;
  /** What a verified chain says, with how each name is known. Rejects with HopError. */
  factsOf(chain: string, verdict: AcceptedChain): Promise<ChainFacts>;
  readonly signer: Signer;
  /** The gateway's public keys, retiring ones too. */
  readonly publicKeys: JSONWebKeySet;
  readonly ledger: Pick<Ledgers, "admit" | "settle" | "isRevoked" | "spend" | "shards" | "shardOf" | "revokedPlaces">;
  readonly spend: Spend;
  /** At the token endpoint: what is to be spent with what is issued. */
  takeSpending(): Spending[];
  /** The commitment that a step of a workflow has, once and for all; undefined where another step was before it. */
  acceptStep(
    from: { readonly acti: string; readonly prev: string; readonly target: string },
    proof: string,
    actc: string,
  ): Promise<string | undefined>;
  /** Makes and checks DPoP nonces. */
  readonly nonceSecret: CryptoKey;
  /**
   * @param until seconds since the epoch: when everything that it ends has expired; without it, for good
   * @returns shards of the ledger that do not know it yet
   */
  revoke(keys: readonly string[], reason: string, until?: number): Promise<string[]>;
  /** Counts a request of the token endpoint, and tells telemetry. Never throws. */
  measure(request: MeasuredRequest): void;
  /** Lets work go on after the response. */
  afterwards(work: Promise<unknown>): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Where a token may be for: the gateway, each of its routes by its URL, and what the configuration adds. */
export function targetsOf({ gateway, routes, oauth }: Config): ReadonlySet<string> {
  return new Set([gateway.id, ...routes.map((route) => resourceOf(route, gateway.id)), ...oauth.audiences]);
}
