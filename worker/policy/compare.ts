/** Judges requests by the candidate set too, for its share of them. What goes wrong is counted: nobody waits for it. */
import { recordedChain } from "../chain/recorded.ts";
import type { Env } from "../env.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Question, VerifiedChain } from "../types.ts";
import { COMPARISONS_NAME } from "./comparisons.ts";
import type { Judgement } from "./evaluate.ts";
import type { Candidate } from "./load.ts";
import { compareWith } from "./shadow.ts";

interface Compared {
  readonly chain: VerifiedChain;
  readonly question: Question;
  readonly judgement: Judgement;
}

export async function compareBeside(
  { chain, question, judgement }: Compared,
  candidateNow: () => Promise<Candidate | undefined>,
  env: Env,
  metrics: Metrics,
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
    await env.COMPARISONS.getByName(COMPARISONS_NAME).add(candidate.hash, recorded && JSON.stringify(recorded));
  } catch {
    metrics.count("hopgate_comparisons_lost_total", {});
  }
}
