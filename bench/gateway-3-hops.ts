/** Requests a second through the gateway, chain of three hops and DPoP proof, against a bare pass-through. */
import { type BenchCase, report } from "./compare.ts";
import { withScene } from "./scene.ts";
import { plainRequests, signedRequests } from "./signed.ts";
import { throughput } from "./throughput.ts";
import { isOrder } from "./upstream.ts";

/** All of one task. @param connections each has one request under way */
export function gatewayThreeHops(
  name: string,
  connections: number,
): (rounds: number, requests?: number) => Promise<BenchCase[]> {
  return (rounds, count = 1500) =>
    withScene(async ({ company, gateway, upstream, startPassThrough }) => {
      const bare = await startPassThrough();
      const signed = () => signedRequests({ company, origin: gateway.origin, count, perTask: count });
      const plain = plainRequests(await signed());
      const measured = await throughput(
        {
          gateway: { origin: gateway.origin, pid: gateway.pid, requests: signed },
          "hono pass-through": { origin: bare.origin, pid: bare.pid, requests: () => plain },
          // How much the load itself could do.
          "no gateway": { origin: upstream.origin, requests: () => plain },
        },
        isOrder,
        connections,
        rounds,
      );
      const note = `${connections} connections, one task, chain of 3 hops, DPoP, strict revocation, on record; load and upstream on the same machine`;
      return [report(name, "requests/s", "more", measured, "gateway", note)];
    });
}
