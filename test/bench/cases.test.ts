import { expect, test } from "vitest";
import { QUESTIONS } from "../../bench/cases.ts";
import { type BenchCase, report } from "../../bench/compare.ts";
import { helpText } from "../../bench/help.ts";

const names = QUESTIONS.flatMap((question) => question.names);

test("no name means two cases", () => {
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test("the help names every case", () => {
  const help = helpText();
  expect(names.filter((name) => !name.endsWith("-node") && !new RegExp(`\\b${name}\\b`).test(help))).toEqual([]);
});

test("a ratio is the median of the ratios within each round", () => {
  const measured = { us: [1, 10, 100], them: [2, 10, 400] };
  const made = (better: "less" | "more"): BenchCase => report("case", "ms", better, measured, "us");
  expect(made("less")).toEqual({
    name: "case",
    unit: "ms",
    ours: 10,
    peers: { them: 10 },
    ratio: { them: 2 },
    rounds: measured,
  });
  expect(made("more").ratio).toEqual({ them: 0.5 });
});
