/** People's own accounts at a vendor: who may connect one, whose chains use it, how it is renewed, and how it ends. */
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import { testConnecting } from "./accounts/connecting.ts";
import { forget, startAccounts } from "./accounts/given.ts";
import { testStrangers } from "./accounts/strangers.ts";
import { testTokens } from "./accounts/tokens.ts";

let stop: () => Promise<void>;
beforeAll(async () => {
  stop = await startAccounts();
});
afterAll(() => stop());
beforeEach(forget);

describe("connecting", testConnecting);
describe("others", testStrangers);
describe("the vendor's tokens", testTokens);
