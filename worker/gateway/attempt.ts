/**
 * Deciding and admitting, together: where the memory by which the policies have judged has moved when the request comes to be
 * admitted, they judge again by what it is now. The ledger then lets this request go first, so that it is judged once more for each
 * memory that has moved.
 */
import { HopError } from "../errors.ts";
import type { AdmittedRequest, VerifiedChain } from "../types.ts";
import { giveBack, leaveTurns } from "./days.ts";
import type { Gateway } from "./gateway.ts";
import { createRequestMemory, type RequestMemory } from "./memory.ts";

type Trying = Pick<Gateway, "ledger" | "seenMemories" | "afterwards" | "now">;

/** Times that a request is judged: once, once more for each of three memories, and again where a turn ended before it came back. */
const MOST_TRIES = 8;

/**
 * @param attempt decides and admits; undefined where the memory has moved
 * @throws HopError `memory_contended`, and those of `attempt`
 */
export async function byCurrentMemory(
  chain: VerifiedChain,
  gateway: Trying,
  attempt: (memory: RequestMemory) => Promise<AdmittedRequest | undefined>,
): Promise<AdmittedRequest> {
  const admitted = tryUntilAdmitted(chain, gateway, attempt);
  // It comes back although its caller goes away: others wait until it has.
  gateway.afterwards(admitted.catch(() => undefined));
  return admitted;
}

async function tryUntilAdmitted(
  chain: VerifiedChain,
  gateway: Trying,
  attempt: (memory: RequestMemory) => Promise<AdmittedRequest | undefined>,
): Promise<AdmittedRequest> {
  const memory = createRequestMemory(chain, gateway);
  const { id } = chain.presentation;
  try {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const admitted = await attempt(memory);
      if (admitted !== undefined) return admitted;
    }
    throw new HopError("memory_contended", { evidence: { chain } });
  } catch (cause) {
    giveBack(memory, id, gateway);
    throw cause;
  } finally {
    leaveTurns(memory, id, gateway);
  }
}
