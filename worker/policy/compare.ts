/** Evaluates the candidate set for its share of requests, in the background. Failures are counted. */
import { recordedChain } from "../chain/recorded.ts";
import type { Question, VerifiedChain } from "../types.ts";
import type { Judgement } from "./evaluate.ts";
import type { Candidate } from "./load.ts";
import { compareWith } from "./shadow.ts";

interface Compared {
  readonly chain: VerifiedChain;
  readonly question: Question;
  readonly judgement: Judgement;
}

export interface CompareEdges {
  candidate(): Promise<Candidate | undefined>;
  /** @param difference JSON text, if the candidate decides differently */
  add(candidate: string, difference: string | undefined): Promise<unknown>;
  /** Counts a comparison that failed. */
  lost(): void;
}

/** Never rejects. */
export async function compareBeside(
  { chain, question, judgement }: Compared,
  { candidate: candidateNow, add, lost }: CompareEdges,
): Promise<void> {
  try {
    const candidate = await candidateNow();
    if (candidate === undefined || Math.random() >= candidate.share) return;
    const difference = compareWith(candidate, question, judgement);
    const { id, received, route } = chain.presentation;
    const recorded = difference && {
      id,
      time: new Date(received).toISOString(),
      route: route.id,
      chain: recordedChain(chain, chain.proof),
      ...difference,
    };
    await add(candidate.hash, recorded && JSON.stringify(recorded));
  } catch {
    lost();
  }
}
