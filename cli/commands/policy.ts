/** `hopgate policy`: check, test and publish a folder of Cedar policies. */
import { Command } from "commander";
import { describeProblem } from "../../policies/tool/cedar.ts";
import { checkPolicies } from "../../policies/tool/check.ts";
import { readPolicyCases, readPolicyFiles } from "../../policies/tool/files.ts";
import { publishPolicies } from "../../policies/tool/publish.ts";
import { testPolicies } from "../../policies/tool/test.ts";
import { adminToken, DEFAULT_GATEWAY } from "../input.ts";
import { table } from "../print.ts";

export function policyCommand(): Command {
  const command = new Command("policy").description("check, test and publish policies");

  command
    .command("check")
    .description("what Cedar and the schema say; warnings do not fail")
    .argument("[folder]", "with *.cedar, schema.cedarschema, entities.json, tests/", "policies")
    .action(async (folder: string) => {
      const { cedarText, schemaText } = await readPolicyFiles(folder);
      const problems = checkPolicies(cedarText, schemaText);
      for (const problem of problems) console.log(describeProblem(problem));
      const errors = problems.filter(({ severity }) => severity === "error").length;
      console.log(errors === 0 ? "policies are valid" : `${errors} errors`);
      if (errors > 0) process.exitCode = 1;
    });

  command
    .command("test")
    .description("run the folder's tests with the gateway's evaluator and with Cedar, which must agree")
    .argument("[folder]", "with *.cedar, schema.cedarschema, entities.json, tests/", "policies")
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
    .command("publish")
    .description("compile the folder, hand it to the gateway, and make it current")
    .argument("[folder]", "with *.cedar, schema.cedarschema, entities.json", "policies")
    .option("--gateway <url>", "where the gateway is", DEFAULT_GATEWAY)
    .action(async (folder: string, { gateway }: { gateway: string }) => {
      const { hash, bytes, policies } = await publishPolicies(
        await readPolicyFiles(folder),
        gateway,
        await adminToken(),
      );
      console.log(`${policies} policies (${bytes} bytes) are current as ${hash}`);
    });
  return command;
}
