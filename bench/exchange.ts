/** Token exchanges a second against the same flow written by hand with hono and jose: once that keeps nothing, once that does. */
import assert from "node:assert/strict";
import { newKey, publicPart } from "../sdk/keys.ts";
import { type BenchCase, report } from "./compare.ts";
import { exchangeRequests, registerClient, SECRET } from "./exchange-requests.ts";
import type { LoadRequest } from "./load.ts";
import { withScene } from "./scene.ts";
import { throughput } from "./throughput.ts";
import type { Workerd } from "./workerd.ts";

const CONNECTIONS = 16;

/** @param dpop whether each request carries a proof, which all verify; the stateless peer lets it be used again */
export function exchanges(name: string, dpop: boolean): (rounds: number, requests?: number) => Promise<BenchCase[]> {
  return (rounds, requests = 1000) =>
    withScene(async ({ company, gateway, startPeer }) => {
      const vars = {
        IDP_KEY: JSON.stringify(publicPart(company.idp)),
        SIGNING_KEY: JSON.stringify(await newKey()),
        SECRET,
      };
      const stateless = await startPeer("bench/peers/exchange/stateless.ts", { vars });
      const durableObjects = { PROOFS: "Proofs", RECORDS: "Records" };
      const recorded = await startPeer("bench/peers/exchange/recorded.ts", { vars, durableObjects });
      await registerClient(gateway.remote);
      const requestsOf = ({ origin }: Workerd, count = requests) => exchangeRequests({ company, origin, count, dpop });
      for (const server of [gateway, recorded]) if (dpop) await checkSingleUse(server, requestsOf);
      const server = (one: Workerd) => ({ origin: one.origin, pid: one.pid, requests: () => requestsOf(one) });
      const measured = await throughput(
        { gateway: server(gateway), stateless: server(stateless), recorded: server(recorded) },
        isToken,
        CONNECTIONS,
        rounds,
      );
      const proof = dpop ? "each with a DPoP proof" : "without proofs";
      const note = `${CONNECTIONS} connections, 30 exchanges a task, ${proof}; peers by hand with hono and jose: one keeps nothing, one spends proofs and records tokens; load on the same machine`;
      return [report(name, "exchanges/s", "more", measured, "gateway", note)];
    });
}

function isToken(text: string): boolean {
  return text.includes('"access_token":"eyJ');
}

async function checkSingleUse(
  server: Workerd,
  requestsOf: (of: Workerd, count: number) => Promise<LoadRequest[]>,
): Promise<void> {
  const [request] = await requestsOf(server, 1);
  const { method, path, headers, body } = request as NonNullable<typeof request>;
  const ask = () => fetch(server.origin + path, { method, headers, body: body as string });
  const answer = await ask();
  assert.equal(answer.status, 200, await answer.text());
  assert.notEqual((await ask()).status, 200, "its proof is taken once");
}
