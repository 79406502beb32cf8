/** The evaluator against Cedar, over generated policies, entities and requests (cedar-arbitrary.ts). */
import fc from "fast-check";
import { expect, test } from "vitest";
import { compilePolicies } from "../../policies/tool/compile.ts";
import { askCedar, askOurs, type Call } from "../conformance/ask.ts";
import { policyText, request, world } from "../conformance/cedar-arbitrary.ts";

/** Each run judges three requests by three policies. */
const RUNS = 7000;
const THREE = { minLength: 3, maxLength: 3 } as const;
const seed = Number(process.env["FC_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test(`${3 * RUNS} policies and ${3 * RUNS} requests get Cedar's answers (seed ${seed}; FC_SEED repeats it)`, () => {
  const seen = { allow: 0, deny: 0, reasons: 0, errors: 0 };
  fc.assert(
    fc.property(fc.array(policyText, THREE), world, fc.array(request, THREE), (policies, entities, requests) => {
      const text = policies.join("\n");
      const compiled = compilePolicies(text);
      for (const call of requests) {
        const theirs = askCedar(text, call as unknown as Call, entities);
        expect(askOurs(compiled, call as unknown as Call, entities)).toEqual(theirs);
        seen[theirs.decision as "allow" | "deny"]++;
        seen.reasons += theirs.reasons.length;
        seen.errors += theirs.errors.length;
      }
    }),
    { numRuns: RUNS, seed },
  );
  // Agreement means little if one answer is always right.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 5);
});
