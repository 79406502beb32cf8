/** Proofs and assertions are single use: at the token endpoint they are spent in the same commit that issues the token. */
import type { Ledgers, Owed } from "../ledger/ledgers.ts";
import { logFailure } from "../log.ts";
import { OauthError } from "./errors.ts";

/** What is to be spent, and the answer if it was spent before. */
export interface Spending extends Owed {
  readonly refusal: OauthError;
}

/** Spends something single use. @throws OauthError its `refusal`, or `temporarily_unavailable` */
export type Spend = (spending: Spending) => Promise<void>;

/** For endpoints that issue nothing: it is spent as soon as it is verified. */
export function spendAtOnce(ledger: Pick<Ledgers, "spend">): Spend {
  return async ({ refusal, ...owed }) => {
    const fresh = await ledger.spend(owed).catch((cause: unknown) => {
      throw new OauthError("temporarily_unavailable", "the ledger cannot be reached", { cause });
    });
    if (!fresh) throw refusal;
  };
}

/** Collects what is to be spent, until something is issued or the request has failed. */
export interface Collected {
  readonly spend: Spend;
  /** Everything that was collected, to be spent by the caller. */
  take(): Spending[];
}

export function collectSpending(): Collected {
  const collected: Spending[] = [];
  return {
    spend: async (spending) => void collected.push(spending),
    take: () => collected.splice(0),
  };
}

/** Spends the valid proofs of a failed request too. Never rejects. */
export async function spendAll(collected: readonly Spending[], ledger: Pick<Ledgers, "spend">): Promise<void> {
  for (const { refusal: _, ...owed } of collected)
    await ledger.spend(owed).catch((cause: unknown) => logFailure("spending_failed", {}, cause));
}
