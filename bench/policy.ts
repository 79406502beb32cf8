/** Decisions by compiled policies against cedar-wasm with its policies parsed ahead: the same requests and entities, in Node. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { bundle } from "../local/build.ts";
import { cedar } from "../policies/tool/cedar.ts";
import { compilePolicies } from "../policies/tool/compile.ts";
import { authorize } from "../worker/policy/evaluate.ts";
import { type CompiledPolicies, writeDocument } from "../worker/policy/format.ts";
import { type BenchCase, interleave, report } from "./compare.ts";
import { policySet, requests } from "./policy-workload.ts";

export const POLICY_CASES = ["policy-21", "policy-1000", "policy-10000", "policy-cold"] as const;

/** How many requests a round times, for us and for Cedar. */
const SIZES: Readonly<Record<string, { count: number; ours: number; cedar: number }>> = {
  "policy-21": { count: 21, ours: 4000, cedar: 400 },
  "policy-1000": { count: 1000, ours: 4000, cedar: 60 },
  "policy-10000": { count: 10_000, ours: 4000, cedar: 10 },
};

export function policyCases(only: string | undefined): (rounds: number) => Promise<BenchCase[]> {
  return async (rounds) => {
    const wanted = POLICY_CASES.filter((name) => only === undefined || only === name);
    const cases: BenchCase[] = [];
    for (const name of wanted) cases.push(name === "policy-cold" ? await cold(rounds) : await decide(name, rounds));
    return cases;
  };
}

async function decide(name: string, rounds: number): Promise<BenchCase> {
  const { count, ours, cedar: theirs } = SIZES[name] as { count: number; ours: number; cedar: number };
  const text = policySet(count);
  const compiled = compilePolicies(text);
  const parsed = cedar.preparsePolicySet(name, { staticPolicies: text });
  if (parsed.type === "failure") throw new Error("cedar-wasm refuses the set");
  const calls = requests(4, ours);
  checkAnswers(name, compiled, calls.slice(0, 40));
  const time = (units: number, run: (index: number) => unknown) => async (): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < units; i++) run(i);
    return ((performance.now() - start) * 1000) / units;
  };
  const measured = await interleave(
    {
      ours: time(ours, (i) => {
        const { call, entities } = calls[i] as (typeof calls)[number];
        return authorize(compiled, call, entities);
      }),
      "cedar-wasm": time(theirs, (i) => askCedar(name, calls[i] as (typeof calls)[number])),
    },
    rounds,
  );
  const bytes = Buffer.from(JSON.stringify(compiled));
  const size = `${count} policies, compiled ${(bytes.length / 1024).toFixed(1)} KiB, gzipped ${(gzipSync(bytes).length / 1024).toFixed(1)} KiB`;
  return report(name, "us", "less", measured, "ours", size);
}

function askCedar(name: string, { call, entities }: ReturnType<typeof requests>[number]): cedar.AuthorizationAnswer {
  return cedar.statefulIsAuthorized({
    ...call,
    entities,
    preparsedPolicySetId: name,
    validateRequest: false,
  } as unknown as cedar.StatefulAuthorizationCall);
}

/** Both must say the same of every request, and not the same of all. */
function checkAnswers(name: string, compiled: CompiledPolicies, calls: ReturnType<typeof requests>): void {
  const decisions = new Set<string>();
  for (const each of calls) {
    const ours = authorize(compiled, each.call, each.entities);
    const theirs = askCedar(name, each);
    if (theirs.type === "failure") throw new Error(theirs.errors.map(({ message }) => message).join("; "));
    const same =
      theirs.response.decision === ours.decision &&
      [...theirs.response.diagnostics.reason].sort().join() === ours.reasons.toSorted().join();
    if (!same) throw new Error(`${name}: ours differs from Cedar`);
    decisions.add(ours.decision);
  }
  if (decisions.size !== 2) throw new Error(`${name}: all requests get the same answer`);
}

/** From the bytes of a compiled set to its first answer, in a process that has just started: nothing is compiled yet. */
async function cold(rounds: number): Promise<BenchCase> {
  const folder = await mkdtemp(join(tmpdir(), "hopgate-bench-"));
  const file = join(folder, "set.json");
  await writeFile(file, writeDocument({ policies: compilePolicies(policySet(1000)), entities: [], source: "" }));
  await bundle("bench/peers/policy-cold.ts", "dist/bench/policy-cold", "bench/wrangler.toml");
  const script = `
    import { readFileSync } from "node:fs";
    import { firstAnswer } from "${new URL("../dist/bench/policy-cold/policy-cold.js", import.meta.url)}";
    console.log(firstAnswer(readFileSync(${JSON.stringify(file)})));`;
  const run = async (): Promise<number> =>
    Number((await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script])).stdout);
  const measured = await interleave({ ours: run }, rounds);
  await rm(folder, { recursive: true });
  const note = "1,000 policies, bytes to first answer in a new process; goal: at most 10";
  return report("policy-cold", "ms", "less", measured, "ours", note);
}
