/**
 * The upstream of the gateway bench, in a thread of its own: answers at once. `/orders/seen` answers with the headers that
 * reached it, so that a check sees what a gateway has made of a request.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parentPort } from "node:worker_threads";

const server = createServer((request, response) => {
  response.end(request.url === "/orders/seen" ? JSON.stringify(request.headers) : '{"order":"17"}');
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => parentPort?.postMessage((server.address() as AddressInfo).port));
