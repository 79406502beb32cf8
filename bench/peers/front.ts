/** The socket of `npm run selfhost` on a thread of its own, before workerd on a port. Posts the port that it listens on. */
import { parentPort, workerData } from "node:worker_threads";
import { freePort } from "../../local/free-port.ts";
import { startFront } from "../../selfhost/front/front.ts";

const port = await freePort();
const limits = { connections: 100, perAddress: 100, requests: 100 };
const workerd = { address: { port: workerData as number, host: "127.0.0.1" }, secret: "bench" };
await startFront({ host: "127.0.0.1", port, tls: undefined, limits, workerd });
parentPort?.postMessage(port);
