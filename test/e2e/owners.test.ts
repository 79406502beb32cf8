/** Who answers for a workload: in policies, on routes that require it, and after a registration has expired. */
import { afterAll, beforeAll, describe } from "vitest";
import { testClaims } from "./owners/claims.ts";
import { testEnded } from "./owners/ended.ts";
import { startOwners } from "./owners/given.ts";
import { testRegistry } from "./owners/registry.ts";

let stop: () => Promise<void>;
beforeAll(async () => {
  stop = await startOwners();
});
afterAll(() => stop());

describe("the registry", testRegistry);
describe("registrations that have ended", testEnded);
describe("claims of the root", testClaims);
