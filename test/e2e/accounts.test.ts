/** People's own accounts at a vendor: connected by who has signed in, used for their chains alone, renewed once, ended at once. */
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
