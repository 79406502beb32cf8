/** The authorization server, called by an independent library (oauth4webapi); jose verifies what is issued. */
import { beforeAll, describe } from "vitest";
import { testExchange } from "./oauth/exchange.ts";
import { startServer } from "./oauth/given.ts";
import { testMetadata } from "./oauth/metadata.ts";
import { testOwnRoot } from "./oauth/own-root.ts";
import { testPurposes } from "./oauth/purposes.ts";

beforeAll(startServer);

describe("metadata and introspection", testMetadata);
describe("a workload", testOwnRoot);
describe("exchange", testExchange);
describe("a purpose that a client states", testPurposes);
