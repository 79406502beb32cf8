/**
 * The socket of a self-hosted gateway: TLS, client certificates, limits of connections and files, slow callers, a graceful stop.
 * `npm test` opens a tenth of the connections, and runs a tenth of the rounds.
 */
import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { testConnections } from "./selfhost-front/connections.ts";
import { testFiles } from "./selfhost-front/files.ts";
import { startSelfhosted, stopFront } from "./selfhost-front/given.ts";
import { testLingering } from "./selfhost-front/lingering.ts";
import { testRequests } from "./selfhost-front/requests.ts";
import { testStop } from "./selfhost-front/stop.ts";
import { testTls } from "./selfhost-front/tls.ts";

let stop: () => Promise<void>;
beforeAll(async () => {
  stop = await startSelfhosted();
});
afterAll(() => stop());
afterEach(stopFront);

describe("TLS", testTls);
describe("connections", testConnections);
describe("requests", testRequests);
describe("lingering", testLingering);
describe("stopping", testStop);
describe("open files", testFiles);
