/** Requests a second against the same guarantees written by hand (bench/peers/by-hand), on the same workerd and disk. */
import { calculateJwkThumbprint } from "jose";
import { type Company, NAMES, WORKLOADS } from "../demo/company.ts";
import { newKey, publicPart } from "../sdk/keys.ts";
import { type BenchCase, report } from "./compare.ts";
import { checkGuarantees } from "./guarantees.ts";
import { type Scene, withScene } from "./scene.ts";
import { signedRequests } from "./signed.ts";
import { throughput } from "./throughput.ts";
import { isOrder } from "./upstream.ts";
import type { Workerd } from "./workerd.ts";

const CONNECTIONS = 16;
const ADMIN_TOKEN = "bench";

export function gatewayByHand(rounds: number, count = 1500): Promise<BenchCase[]> {
  return withScene(async (scene) => {
    const { company, gateway } = scene;
    const byHand = await startByHand(scene);
    await checkGuarantees(company, { gateway: byHand.origin, adminToken: ADMIN_TOKEN });
    const server = ({ origin, pid }: Workerd) => ({
      origin,
      pid,
      requests: () => signedRequests({ company, origin, count, perTask: count }),
    });
    const measured = await throughput(
      { gateway: server(gateway), "by hand": server(byHand) },
      isOrder,
      CONNECTIONS,
      rounds,
    );
    const note = `${CONNECTIONS} connections, one task; by hand: hono, jose, one object for proofs, one for records, one policy, no configuration`;
    return [report("gateway-by-hand", "requests/s", "more", measured, "gateway", note)];
  });
}

async function startByHand({ company, upstream, startPeer }: Scene): Promise<Workerd> {
  return startPeer("bench/peers/by-hand/worker.ts", {
    vars: {
      UPSTREAM: upstream.origin,
      ADMIN_TOKEN,
      IDP_KEY: JSON.stringify(publicPart(company.idp)),
      SIGNING_KEY: JSON.stringify(await newKey()),
      WORKLOADS: JSON.stringify(await thumbprints(company)),
    },
    durableObjects: { PROOFS: "Proofs", RECORDS: "Records" },
  });
}

/** Of each workload's key, by its name. */
async function thumbprints(company: Company): Promise<Record<string, string>> {
  const entries = WORKLOADS.map(
    async (holder) => [NAMES[holder], await calculateJwkThumbprint(company[holder])] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
