/** The console in a real browser: sign in, find a task, read its graph, approve, revoke; and what others do not see. */
import { afterAll, beforeAll, describe } from "vitest";
import { testInChromium } from "./console/chromium.ts";
import { startConsoleWorld } from "./console/given.ts";
import { testFromOutside } from "./console/outside.ts";

let stop: () => Promise<void>;
beforeAll(async () => {
  stop = await startConsoleWorld();
});
afterAll(() => stop());

describe("with a browser", testInChromium);
describe("without a browser", testFromOutside);
