/**
 * Deciding and admitting, together: where the memory by which the policies have judged has moved when the request comes to be
 * admitted, they judge again by what it is now. The ledger lets such a request go first, so that once is nearly always enough.
 */
import { HopError } from "../errors.ts";
import type { AdmittedRequest, VerifiedChain } from "../types.ts";
import { leaveDays } from "./days.ts";
import type { Gateway } from "./gateway.ts";
import { createRequestMemory, type RequestMemory } from "./memory.ts";

/** Times that a request is judged: three memories can move, and each of them while another is waited for. */
const MOST_TRIES = 8;

/**
 * @param attempt decides and admits; undefined where the memory has moved
 * @throws HopError `memory_contended`, and those of `attempt`
 */
export async function byCurrentMemory(
  chain: VerifiedChain,
  gateway: Gateway,
  attempt: (memory: RequestMemory) => Promise<AdmittedRequest | undefined>,
): Promise<AdmittedRequest> {
  const memory = createRequestMemory(chain, gateway);
  try {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const admitted = await attempt(memory);
      if (admitted !== undefined) return admitted;
    }
    throw new HopError("memory_contended", { evidence: { chain } });
  } catch (cause) {
    leaveDays(memory, chain.presentation.id, gateway);
    throw cause;
  }
}
