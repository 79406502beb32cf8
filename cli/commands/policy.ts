/** `hopgate policy`: checks, tests and publishes a folder of Cedar policies, and explains decisions. */
import { Command, InvalidArgumentError } from "commander";
import { checkPolicies } from "../../policies/tool/check.ts";
import { readPolicyCases, readPolicyFiles } from "../../policies/tool/files.ts";
import { publishPolicies } from "../../policies/tool/publish.ts";
import { fetchPublished, release } from "../../policies/tool/remote.ts";
import { rollbackTarget } from "../../policies/tool/rollback.ts";
import { makeDocument } from "../../policies/tool/source.ts";
import { testPolicies } from "../../policies/tool/test.ts";
import { readPublisher } from "../input.ts";
import { printDifferences, printExplanation, printLiveDifferences, printProblems, printReleases } from "../policy.ts";
import { table } from "../print.ts";
import { reach, withGateway } from "../remote.ts";

const FOLDER = "with *.cedar, schema.cedarschema, entities.json, links.json, tests/";

export function policyCommand(): Command {
  const command = new Command("policy").description("check, test, publish, compare and explain policies");
  addAuthoring(command);
  addPublishing(command);
  addReading(command);
  return command;
}

function signed(command: Command): Command {
  return withGateway(command)
    .option("--key <file>", "the publisher's private JWK (default: HOPGATE_PUBLISHER_KEY, or what `npm start` made)")
    .option("--note <text>", "why, shown in the list");
}

interface RemoteOptions {
  readonly gateway: string;
  readonly key?: string;
  readonly note?: string;
}

function addAuthoring(command: Command): void {
  command
    .command("check")
    .description("check the folder with Cedar and the schema; warnings do not fail")
    .argument("[folder]", FOLDER, "policies")
    .action(async (folder: string) => {
      const files = await readPolicyFiles(folder);
      const problems = checkPolicies(files.cedarText, files.schemaText, files.links);
      if (printProblems(problems, files) > 0) process.exitCode = 1;
    });

  command
    .command("test")
    .description("run the folder's tests with the gateway's evaluator and with Cedar, which must agree")
    .argument("[folder]", FOLDER, "policies")
    .action(async (folder: string) => {
      const { results, uncovered } = testPolicies(await readPolicyFiles(folder), await readPolicyCases(folder));
      const rows = results.map(({ name, passed, problem, reasons }) => [
        passed ? "ok" : "FAILED",
        name,
        problem ?? reasons.join(", "),
      ]);
      console.log(table(["", "test", "decided by"], rows));
      const failed = results.filter(({ passed }) => !passed).length;
      for (const name of uncovered) console.log(`   no test makes \`${name}\` decide`);
      console.log(`   ${results.length - failed} of ${results.length} policy tests hold`);
      if (failed > 0) process.exitCode = 1;
    });

  command
    .command("compile")
    .description("print the compiled set as it would be published; its hash and size go to standard error")
    .argument("[folder]", FOLDER, "policies")
    .action(async (folder: string) => {
      const { hash, text, policies, bytes, gzipped } = makeDocument(await readPolicyFiles(folder));
      console.error(`${hash}: ${policies} policies, ${bytes} bytes, ${gzipped} gzipped`);
      console.log(text);
    });
}

function addPublishing(command: Command): void {
  signed(command.command("publish"))
    .description("compile the folder, store it at the gateway, and release it under the publisher's signature")
    .argument("[folder]", FOLDER, "policies")
    .option("--shadow [share]", "as a candidate in shadow mode, for this share of the requests", parseShare)
    .action(async (folder: string, options: RemoteOptions & { shadow?: number | true }) => {
      const shadow = options.shadow === true ? 1 : options.shadow;
      const { hash, bytes, policies, release } = await publishPolicies(
        await readPolicyFiles(folder),
        await reach(options),
        await readPublisher(options.key),
        { note: options.note, shadow },
      );
      const what = shadow === undefined ? "are current" : `are in shadow mode for ${shadow * 100} % of the requests`;
      console.log(`release ${release.seq}: ${policies} policies (${bytes} bytes) ${what} as ${hash}`);
    });

  signed(command.command("rollback"))
    .description("release an earlier set again: the last other one by a key in POLICY_KEYS, or the one with this hash")
    .argument("[set]", "hash of a released set")
    .action(async (set: string | undefined, options: RemoteOptions) => {
      const gateway = await reach(options);
      const published = await fetchPublished(gateway);
      const target = rollbackTarget(published, set);
      const note = options.note ?? `rollback from ${published.current ?? "no policies"}`;
      const wish = { kind: "current", set: target, note } as const;
      const { seq } = await release(gateway, await readPublisher(options.key), wish);
      console.log(`release ${seq}: ${target} is current again`);
    });

  signed(command.command("unshadow"))
    .description("withdraw the candidate")
    .action(async (options: RemoteOptions) => {
      const { note } = options;
      const wish = { kind: "shadow", share: 0, ...(note !== undefined && { note }) } as const;
      const { seq } = await release(await reach(options), await readPublisher(options.key), wish);
      console.log(`release ${seq}: no candidate`);
    });
}

function addReading(command: Command): void {
  withGateway(command.command("list"))
    .description("list every release, newest first")
    .action(async (options: RemoteOptions) => printReleases(await fetchPublished(await reach(options))));

  withGateway(command.command("diff"))
    .description("show how the folder differs from the current set: policies, and answers to the folder's tests")
    .argument("[folder]", FOLDER, "policies")
    .option("--against <set>", "hash of another published set")
    .option("--live", "what the candidate would have decided differently, with the chains")
    .action(async (folder: string, options: RemoteOptions & { against?: string; live?: boolean }) => {
      if (options.live) await printLiveDifferences(await reach(options));
      else await printDifferences(await reach(options), folder, options.against);
    });

  withGateway(command.command("explain"))
    .description("decide a recorded request again, and show which conditions of which policies decided")
    .argument("<decision>", "the decision's id, as answers and the ledger name it")
    .action(async (decision: string, options: RemoteOptions) => printExplanation(await reach(options), decision));
}

function parseShare(text: string): number {
  const share = Number(text);
  if (!(share > 0 && share <= 1)) throw new InvalidArgumentError("a share above 0, at most 1");
  return share;
}
