/** What `hopgate policy` prints. */
import { describeProblem, type Problem } from "../policies/tool/cedar.ts";
import { diffAnswers, diffSources } from "../policies/tool/diff.ts";
import { explain } from "../policies/tool/explain.ts";
import { readPolicyCases, readPolicyFiles } from "../policies/tool/files.ts";
import {
  fetchComparison,
  fetchDecision,
  fetchPublished,
  fetchSet,
  fetchSource,
  type Published,
} from "../policies/tool/remote.ts";
import { hashText, makeDocument, type PolicySource } from "../policies/tool/source.ts";
import type { PolicyFiles } from "../policies/tool/test.ts";
import type { Remote } from "../sdk/admin.ts";
import { partyId } from "../worker/chain/party.ts";
import { actorText } from "../worker/ledger/record.ts";
import { type CompiledDocument, parseDocument } from "../worker/policy/format.ts";
import { heading, printable, printTable, table } from "./print.ts";

/** Returns the number of errors. */
export function printProblems(problems: readonly Problem[], { places }: PolicyFiles): number {
  for (const problem of problems) {
    if (problem.line === undefined) console.log(describeProblem(problem));
    else {
      const { file, line } = places(problem.line);
      console.log(`${file}:${describeProblem({ ...problem, line })}`);
    }
  }
  const errors = problems.filter(({ severity }) => severity === "error").length;
  console.log(errors === 0 ? "policies are valid" : `${errors} errors`);
  return errors;
}

export function printReleases({ current, candidate, releases, publishers }: Published): void {
  const rows = releases.map(({ seq, kind, set, iat, publisher, note = "" }) => [
    set !== undefined && set === (kind === "current" ? current : candidate) ? "*" : "",
    String(seq),
    new Date(iat * 1000).toISOString(),
    kind,
    set ?? "none",
    `${printable(publisher.slice(0, 8))}${publishers.includes(publisher) ? "" : " (removed)"}`,
    printable(note),
  ]);
  console.log(table(["", "release", "time", "kind", "set", "publisher", "note"], rows));
}

export async function printDifferences(remote: Remote, folder: string, against: string | undefined): Promise<void> {
  const files = await readPolicyFiles(folder);
  const document = makeDocument(files);
  const hash = against ?? (await fetchPublished(remote)).current;
  if (hash === undefined) throw new Error("nothing is published yet: hopgate policy publish policies");
  if (hash === document.hash) {
    console.log(`   no difference: the folder is ${hash}`);
    return;
  }
  const { set, source } = await fetchVerified(remote, hash);
  for (const { name, kind, before, after } of diffSources(source, files)) {
    console.log(heading(`${kind}: ${name}`));
    for (const line of before?.split("\n") ?? []) console.log(`-  ${printable(line)}`);
    for (const line of after?.split("\n") ?? []) console.log(`+  ${printable(line)}`);
  }
  const cases = await readPolicyCases(folder);
  const answers = diffAnswers(set, parseDocument(document.text), cases);
  console.log(heading(`${answers.length} of ${cases.length} tests have another answer`));
  if (answers.length > 0) {
    console.log(
      table(
        ["test", "before", "after"],
        answers.map(({ name, before, after }) => [name, before, after]),
      ),
    );
  }
}

export async function printLiveDifferences(remote: Remote): Promise<void> {
  const { candidate } = await fetchPublished(remote);
  if (candidate === undefined) throw new Error("there is no candidate: hopgate policy publish policies --shadow");
  const { compared, differing, differences } = await fetchComparison(remote, candidate);
  for (const { id, time, route, chain, current, candidate: other } of differences) {
    const rows = [
      ["decision", `${id}  ${route}`],
      ["for", partyId(chain.subject)],
      ["through", chain.actors.map(actorText).join(" -> ")],
      ["task", chain.purpose === undefined ? chain.txn : `${chain.txn}  (${chain.purpose})`],
      ["current", `${current.decision} by ${current.policies.join(", ") || "nothing"}`],
      ["candidate", `${other.decision} by ${other.policies.join(", ") || "nothing"}`],
    ];
    console.log(heading(time));
    printTable(["", ""], rows);
  }
  console.log(`\n   ${differing} of ${compared} requests would be decided differently by ${candidate}`);
}

export async function printExplanation(remote: Remote, id: string): Promise<void> {
  const { task, record } = await fetchDecision(remote, id);
  if (record.decision === undefined) throw new Error(`the request was refused before the policies: ${record.rule}`);
  const { question, policySet, policies: recorded } = record.decision;
  const { set, source } = await fetchVerified(remote, policySet);
  const { decision, policies } = explain(question, set, source, policySet);
  const { principal, action, resource } = question.request;
  console.log(heading(`${decision.toUpperCase()}  ${record.request?.method} ${record.request?.path}  ${record.time}`));
  const asked = [
    ["task", record.chain === undefined ? task : `${record.chain.txn}  (${task})`],
    ["principal", `${principal.type} ${principal.id}`],
    ["action", action.id],
    ["resource", `${resource.type} ${resource.id}`],
    ["context", JSON.stringify(question.request.context)],
    ["set", policySet],
  ];
  printTable(["", ""], asked);
  for (const { name, effect, part, inScope, conditions } of policies.filter(({ inScope: in_ }) => in_)) {
    console.log(heading(`${effect} ${name}: ${part}`));
    if (inScope && conditions.length === 0) console.log("   its scope alone");
    printTable(
      ["", ""],
      conditions.map(({ text, result }) => [result, text]),
    );
  }
  const out = policies.filter(({ inScope }) => !inScope).map(({ name }) => name);
  if (out.length > 0) console.log(`\n   out of scope: ${out.join(", ")}`);
  const again = policies.filter(({ part }) => part === "decided").map(({ name }) => name);
  const same = [...again].sort().join() === [...recorded].sort().join();
  console.log(
    same ? "\n   evaluated again: the same policies decide" : `\n   RECORDED OTHERWISE: ${recorded.join(", ")}`,
  );
}

/** A set and its source; each must match its hash. */
async function fetchVerified(remote: Remote, hash: string): Promise<{ set: CompiledDocument; source: PolicySource }> {
  const text = await fetchSet(remote, hash);
  if (hashText(text) !== hash) throw new Error(`the gateway's set ${hash} does not have its hash`);
  const set = parseDocument(text);
  const source = await fetchSource(remote, set.source);
  if (hashText(source) !== set.source) throw new Error(`the source of ${hash} does not have its hash`);
  return { set, source: JSON.parse(source) as PolicySource };
}
