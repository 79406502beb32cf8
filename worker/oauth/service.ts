/** What the authorization server is given: configuration, clock, and the edges behind interfaces. */

import type { JSONWebKeySet } from "jose";
import type { AcceptedChain, Core } from "../../wasm/core.ts";
import type { NameProver } from "../chain/names/prove.ts";
import type { Authority, ChainFacts } from "../chain/types.ts";
import { type Config, resourceOf } from "../config.ts";
import type { AuditRecord } from "../state/record.ts";
import type { Trust } from "../trust/issuers.ts";
import type { Signer } from "../trust/signing.ts";
import type { Client } from "./clients.ts";

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
  /** A place in the status list for a token that any of the keys ends. */
  allocateStatus(authority: Authority, expires: number): Promise<number>;
  /** The places of tokens that live and are revoked. */
  revokedPlaces(): Promise<readonly number[]>;
  /** The commitment that a step of a workflow has, once and for all; undefined where another step was before it. */
  acceptStep(
    from: { readonly acti: string; readonly prev: string; readonly target: string },
    proof: string,
    actc: string,
  ): Promise<string | undefined>;
  /** Makes and checks DPoP nonces. */
  readonly nonceSecret: CryptoKey;
  /** Marks a proof or an assertion as seen; false where it was before. Rejects where the store cannot be reached. */
  spendProof(owner: string, jti: string, expires: number): Promise<boolean>;
  /** Whether the authority is revoked, strictly. Rejects where that cannot be known. */
  isRevoked(authority: Authority): Promise<boolean>;
  /** @param until seconds since the epoch: when everything that it ends has expired; without it, for good */
  revoke(keys: readonly string[], reason: string, until?: number): Promise<void>;
  /** Keeps a record, after the response has gone. Never rejects. */
  keep(record: AuditRecord): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Where a token may be for: the gateway, each of its routes by its URL, and what the configuration adds. */
export function targetsOf({ gateway, routes, oauth }: Config): ReadonlySet<string> {
  return new Set([gateway.id, ...routes.map((route) => resourceOf(route, gateway.id)), ...oauth.audiences]);
}
