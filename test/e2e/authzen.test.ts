/** OpenID AuthZEN Authorization API 1.0, section by section, over chains. */
import { afterAll, beforeAll, describe } from "vitest";
import { testCalls } from "./authzen/calls.ts";
import { testEvaluation } from "./authzen/evaluation.ts";
import { testEvaluations } from "./authzen/evaluations.ts";
import { startAuthzenWorld } from "./authzen/given.ts";

let stop: () => Promise<void>;
beforeAll(async () => {
  stop = await startAuthzenWorld();
});
afterAll(() => stop());

describe("access/v1/evaluation", testEvaluation);
describe("access/v1/evaluations", testEvaluations);
describe("calls", testCalls);
