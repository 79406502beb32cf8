/** Approvals and break-glass: what is asked, who may answer, and what an approval covers. */
import { afterAll, beforeAll, describe } from "vitest";
import { testApproval } from "./approvals/approval.ts";
import { testBreakGlass } from "./approvals/break-glass.ts";
import { startApprovals } from "./approvals/given.ts";
import { testTime } from "./approvals/time.ts";

let stop: () => Promise<void>;
beforeAll(async () => {
  stop = await startApprovals();
});
afterAll(() => stop());

describe("approvals", testApproval);
describe("emergencies", testBreakGlass);
describe("time", testTime);
