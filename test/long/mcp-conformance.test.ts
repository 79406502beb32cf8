/**
 * The conformance suite of the Model Context Protocol has the same verdicts about a server directly and through the
 * gateway, in every revision. The differences are in a table, each with its reason.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DIFFERENCES, REVISIONS } from "./conformance/differences.ts";
import { type JudgedServer, startJudgedServer } from "./conformance/server.ts";
import { countOf, differences, runSuite, type Verdicts } from "./conformance/suite.ts";
import { startThrough, type Through } from "./conformance/through.ts";
import { report } from "./report.ts";

const told = (verdicts: Verdicts): string => {
  const { SUCCESS = 0, FAILURE = 0, WARNING = 0 } = countOf(verdicts);
  return `${SUCCESS} passed, ${FAILURE} failed, ${WARNING} warned`;
};

let server: JudgedServer;
let through: Through;
beforeAll(async () => {
  server = await startJudgedServer();
  through = await startThrough(server.url);
});
afterAll(async () => {
  await through?.stop();
  await server?.stop();
});

describe.each(Object.entries(REVISIONS))("revision %s", (revision, chosen) => {
  test("has the same verdicts through the gateway, except for differences that the table explains", async () => {
    const judge = (url: string) => runSuite(["server", ...chosen, "--url", `${url}/judged`]);
    const straight = await judge(server.url);
    const behind = await judge(through.url);
    report(`${revision}: straight ${told(straight)}; through the gateway ${told(behind)}`);
    const explained = Object.fromEntries(
      Object.entries(DIFFERENCES[revision] ?? {}).map(([name, { verdicts }]) => [name, verdicts]),
    );
    expect(differences(straight, behind)).toEqual(explained);
  });
});
