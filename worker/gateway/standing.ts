/** What a request depends on, and the ledger's verdict on it: for a request that is admitted, and for one that was refused before. */
import { HopError } from "../errors.ts";
import { type Admission, type Admitted, type Refused, standingOn } from "../ledger/admission.ts";
import type { VerifiedChain } from "../types.ts";
import type { Gateway } from "./gateway.ts";

/** What must hold for the request and is single use: nothing before possession is proven. */
export function standingOf(chain: VerifiedChain): Omit<Admission, "entry"> {
  const { proof, spent, message, hops } = chain;
  if (proof === undefined) return { standings: [], singles: [] };
  const last = hops.at(-1) ?? hops[0];
  return {
    standings: [standingOn(chain.authority)],
    singles: spent === undefined ? [] : [{ name: `${spent.thumbprint} ${spent.jti}`, expires: spent.expires }],
    // The id under which a message is first acted on is the only one: redelivered it comes under the same.
    ...(message && {
      delivery: { message: `${last.name} ${message.id}`, delivery: message.delivery, expires: message.expires },
    }),
  };
}

export async function askLedger(
  chain: VerifiedChain,
  admission: Admission,
  { ledger }: Pick<Gateway, "ledger">,
): Promise<Admitted> {
  return ledger.admit(chain.task, admission).catch((cause: unknown) => {
    throw new HopError("ledger_unavailable", { cause });
  });
}

const RULES = {
  revoked: "revoked",
  replayed: "proof_replayed",
  redelivered: "message_replayed",
  memory_full: "memory_full",
  memory_moved: "memory_contended",
  memory_busy: "memory_contended",
} as const;

/** The proof that was spent before proves nothing now: what is recorded of the refusal does not count as proven. */
export function refusalOf({ why }: Refused, chain: VerifiedChain): HopError {
  const rule = RULES[why];
  const stillProven = rule === "memory_full" || rule === "memory_contended";
  const evidence = { chain: stillProven ? chain : { ...chain, proof: undefined, spent: undefined } };
  return new HopError(rule, { evidence });
}
