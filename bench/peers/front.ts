/** The socket of `npm run selfhost` on a thread of its own, before workerd on a port. Posts the port that it listens on. */
import { Agent } from "node:http";
import { connect } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { freePort } from "../../local/free-port.ts";
import { startFront } from "../../selfhost/front/front.ts";

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
agent.createConnection = () => connect(workerData as number, "127.0.0.1");
const port = await freePort();
const limits = { connections: 100, perAddress: 100, requests: 100 };
await startFront({ host: "127.0.0.1", port, tls: undefined, limits, workerd: { socket: "", secret: "bench", agent } });
parentPort?.postMessage(port);
