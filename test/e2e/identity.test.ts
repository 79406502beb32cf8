/** Names that are borrowed, told, or revoked during a task. The tables of identity/ share a gateway. */
import { afterAll, beforeAll, describe } from "vitest";
import { testApprovals } from "./identity/approvals.ts";
import { testCredentials } from "./identity/credentials.ts";
import { startIdentityWorld } from "./identity/given.ts";
import { testNames } from "./identity/names.ts";
import { testPeople } from "./identity/people.ts";
import { testPurposes } from "./identity/purposes.ts";
import { testTasks } from "./identity/tasks.ts";
import { testTokens } from "./identity/tokens.ts";

let stop: () => Promise<void>;
beforeAll(async () => {
  stop = await startIdentityWorld();
});
afterAll(() => stop());

describe("names", testNames);
describe("credentials", testCredentials);
describe("tokens", testTokens);
describe("purposes", testPurposes);
describe("approvals", testApprovals);
describe("people", testPeople);
describe("tasks", testTasks);
