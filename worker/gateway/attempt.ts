/**
 * Decides and admits a request. If the memory that the policies have read has changed by the time of admission, they
 * decide again with the new memory. The ledger then lets this request go first, so that it is decided at most twice for
 * each memory that has changed.
 */
import { HopError } from "../errors.ts";
import type { AdmittedRequest, VerifiedChain } from "../types.ts";
import { giveBack, leaveTurns } from "./days.ts";
import type { Gateway } from "./gateway.ts";
import { createRequestMemory, type RequestMemory } from "./memory.ts";

type Trying = Pick<Gateway, "ledger" | "seenMemories" | "afterwards" | "now">;

/**
 * Most times that a request is decided: once, again for each of three memories, and again if its turn ended before it
 * came back.
 */
const MOST_TRIES = 8;

/**
 * @param attempt decides and admits; undefined if the memory has changed
 * @throws HopError `memory_contended`, and those of `attempt`
 */
export async function byCurrentMemory(
  chain: VerifiedChain,
  gateway: Trying,
  attempt: (memory: RequestMemory) => Promise<AdmittedRequest | undefined>,
): Promise<AdmittedRequest> {
  const admitted = tryUntilAdmitted(chain, gateway, attempt);
  // It continues after its caller has left, because others wait until its turn ends.
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
