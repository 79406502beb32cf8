/** The Model Context Protocol through the gateway: its revisions, what belongs to whom, and what clients are told. */
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import { testClients } from "./mcp/clients.ts";
import { forget, startMcpWorld } from "./mcp/given.ts";
import { testHandles } from "./mcp/handles.ts";
import { testLedger } from "./mcp/ledger.ts";
import { testLists } from "./mcp/lists.ts";
import { testRefusals } from "./mcp/refusals.ts";
import { testStreams } from "./mcp/streams.ts";

let stop: () => Promise<void>;
beforeAll(async () => {
  stop = await startMcpWorld();
});
afterAll(() => stop());
beforeEach(forget);

describe("clients", testClients);
describe("refusals", testRefusals);
describe("handles", testHandles);
describe("lists", testLists);
describe("streams", testStreams);
describe("the ledger", testLedger);
