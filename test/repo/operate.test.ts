/** Alert rules, dashboard, runbooks and the unit file agree with each other and with the code. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { succeeds } from "../../local/execute.ts";
import { promtool, promtoolInstalled } from "../e2e/promtool.ts";
import { knownMetrics, metricsUsed } from "./metrics-used.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const alerts = read("ops/alerts.yml");
const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name as string);
const page = read("docs/operate.md");
const installed = await promtoolInstalled();

describe("every alert", () => {
  test("has a runbook and a line in the table, and every runbook has an alert", () => {
    const runbooks = [...page.matchAll(/^### (Hopgate\w+)$/gm)].map(([, name]) => name as string);
    const listed = [...page.matchAll(/^\| \[(Hopgate\w+)\]/gm)].map(([, name]) => name as string);
    expect(names.length).toBeGreaterThan(10);
    expect(runbooks.toSorted()).toEqual(names.toSorted());
    expect(listed.toSorted()).toEqual(names.toSorted());
  });

  test("names its own runbook, and the severity that the table has", () => {
    for (const [, name, severity, anchor] of alerts.matchAll(
      /- alert: (\w+)[\s\S]*?severity: (\w+)[\s\S]*?runbook_url: docs\/operate\.md#(\w+)/g,
    )) {
      expect(anchor).toBe(name?.toLowerCase());
      expect(page).toMatch(new RegExp(`^\\| \\[${name}\\].*\\| ${severity} \\|$`, "m"));
    }
  });

  test("has a test in which it fires, and one in which it does not", () => {
    const tests = read("ops/alerts.test.yml");
    for (const name of names) expect(tests.split(`alertname: ${name}\n`).length - 1, name).toBe(2);
  });

  test.skipIf(!installed)("passes its tests in promtool", async () => {
    const checked = await promtool(["test", "rules", join(root, "ops/alerts.test.yml")]);
    expect([checked.code, checked.output]).toEqual([0, expect.stringContaining("SUCCESS")]);
  });
});

test.each(["ops/alerts.yml", "ops/dashboard.json"])("%s uses only metrics that the gateway has", (file) => {
  const used = metricsUsed(file);
  expect(used.length).toBeGreaterThan(8);
  for (const name of used) expect(knownMetrics(), name).toContain(name);
});

test("the dashboard has a title, a query and a place for each panel", () => {
  const { panels } = JSON.parse(read("ops/dashboard.json")) as {
    panels: { title: string; targets: { expr: string }[]; gridPos: { x: number; w: number } }[];
  };
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  for (const { targets, gridPos } of panels) {
    expect(targets.length).toBeGreaterThan(0);
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  }
});

const systemd = await succeeds("systemd-analyze", ["--version"]);

/** What systemd-analyze says of a unit, with its programs and its folder replaced by this checkout's. */
function verifyUnit(text: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "hopgate-unit-"));
  const file = join(folder, "hopgate.service");
  writeFileSync(file, text.replaceAll("/opt/hopgate", root.replace(/\/$/, "")).replaceAll("=hopgate\n", "=root\n"));
  return new Promise((done) => {
    execFile("systemd-analyze", ["verify", "--man=no", file], (_, stdout, stderr) => {
      rmSync(folder, { recursive: true });
      done(
        (stdout + stderr)
          .split("\n")
          .filter((line) => line.includes("hopgate.service"))
          .join("\n"),
      );
    });
  });
}

describe.skipIf(!systemd)("the unit of systemd", () => {
  const unit = read("ops/hopgate.service");

  test("is accepted by systemd-analyze", async () => {
    expect(await verifyUnit(unit)).toBe("");
  });

  test("with a misspelt setting is not", async () => {
    expect(await verifyUnit(unit.replace("KillMode=", "KilMode="))).toContain("KilMode");
  });
});
