/** Requests a second through the socket of `npm run selfhost`, against the same workerd without it. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type BenchCase, report } from "./compare.ts";
import { withScene } from "./scene.ts";
import { signedRequests } from "./signed.ts";
import { throughput } from "./throughput.ts";
import { isOrder } from "./upstream.ts";

export const FRONT = "gateway-front";
const CONNECTIONS = 16;

export function gatewayFront(rounds: number, count = 1500): Promise<BenchCase[]> {
  return withScene(async ({ company, gateway: { origin, pid } }) => {
    const { host, port } = new URL(origin);
    const thread = new Worker(new URL("peers/front.ts", import.meta.url), { workerData: Number(port) });
    try {
      const [front] = (await once(thread, "message")) as [number];
      // What is signed names the gateway's own address.
      const requests = async () =>
        (await signedRequests({ company, origin, count, perTask: count })).map((request) => ({
          ...request,
          headers: { ...request.headers, host },
        }));
      const servers = {
        "through its socket": { origin: `http://127.0.0.1:${front}`, pid, requests },
        "workerd alone": { origin, pid, requests },
      };
      const measured = await throughput(servers, isOrder, CONNECTIONS, rounds);
      return [report(FRONT, "requests/s", "more", measured, "through its socket", `${CONNECTIONS} connections`)];
    } finally {
      await thread.terminate();
    }
  });
}
