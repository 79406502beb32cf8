/** What the ledger keeps of the authorization server's work, under the task of the token that was presented. */

import { recordedChain } from "../chain/recorded.ts";
import type { ChainFacts } from "../chain/types.ts";
import { outcomeOf } from "../rules.ts";
import type { AuditRecord } from "../state/record.ts";
import type { AccessTokenClaims } from "../types.ts";
import { type OauthError, statusOf } from "./errors.ts";
import type { Service } from "./service.ts";

type Recording = Pick<Service, "keep" | "now">;

/** An exchange that was granted: claims, never the token. */
export function recordIssued(facts: ChainFacts, claims: AccessTokenClaims, service: Recording): void {
  service.keep({ ...describe(facts, service), outcome: "allowed", token: claims });
}

export function recordRefused(facts: ChainFacts, { code, message }: OauthError, service: Recording): void {
  const status = statusOf(code);
  service.keep({ ...describe(facts, service), outcome: outcomeOf(status), rule: code, message, status });
}

function describe(facts: ChainFacts, { now }: Recording): Pick<AuditRecord, "id" | "time" | "chain" | "request"> {
  return {
    id: crypto.randomUUID(),
    time: new Date(now()).toISOString(),
    chain: recordedChain(facts, undefined),
    request: { route: "oauth/token", method: "POST", path: "/oauth/token" },
  };
}
