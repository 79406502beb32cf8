/** Requests a second through the gateway, chain of three hops and DPoP proof, against a bare pass-through. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { Pool } from "undici";
import { type Company, foundCompany, serviceChain } from "../demo/company.ts";
import { startGateway } from "../local/gateway.ts";
import { readPolicyFiles } from "../policies/tool/files.ts";
import { publishPolicies } from "../policies/tool/publish.ts";
import { presentation } from "../sdk/dpop.ts";
import { newKey, publicPart } from "../sdk/keys.ts";
import { startBenchWorker } from "./bench-worker.ts";
import { type BenchCase, interleave, report } from "./compare.ts";

const REQUESTS = 1500;
const CONNECTIONS = 16;
const ADMIN = "bench";

export async function gatewayThreeHops(rounds: number): Promise<BenchCase[]> {
  const upstream = new Worker(new URL("peers/upstream.ts", import.meta.url));
  const [port] = (await once(upstream, "message")) as [number];
  const address = `http://127.0.0.1:${port}`;
  const company = await foundCompany();
  const publisher = await newKey();
  const gateway = await startGateway({
    config: await benchConfig(company, address),
    port: 0,
    gatewayKeys: JSON.stringify({ keys: [await newKey()] }),
    adminToken: ADMIN,
    publishers: [publicPart(publisher)],
  });
  const bare = await startBenchWorker("bench/peers/passthrough.ts", { UPSTREAM: address });
  try {
    await publishPolicies(
      await readPolicyFiles("policies"),
      { gateway: gateway.url.origin, adminToken: ADMIN },
      publisher,
    );
    const chain = await serviceChain(company);
    const url = `${gateway.url.origin}/orders/17`;
    const proofs = (): Promise<Record<string, string>[]> =>
      Promise.all(
        Array.from({ length: REQUESTS }, () => presentation({ key: company.service, chain, method: "GET", url })),
      );
    const same = Array.from({ length: REQUESTS }, () => ({ authorization: "Bearer x" }));
    const measured = await interleave(
      {
        gateway: async () => load(gateway.url.origin, await proofs()),
        "hono pass-through": () => load(bare.url.origin, same),
      },
      rounds,
    );
    const note = `${CONNECTIONS} connections, chain of 3 hops, DPoP, strict revocation, ledger; load and upstream on the same 2 cores`;
    return [report("gateway-3-hops", "requests/s", "more", measured, "gateway", note)];
  } finally {
    await Promise.all([gateway.stop(), bare.stop(), upstream.terminate()]);
  }
}

/** The local configuration with this upstream and this company's identity provider. */
async function benchConfig(company: Company, upstream: string): Promise<string> {
  const { x, kid } = publicPart(company.idp);
  const text = await readFile("config/local.toml", "utf8");
  return text
    .replace(/jwks_uri = .*/, `keys = [{ kty = "OKP", crv = "Ed25519", x = "${x}", kid = "${kid}" }]`)
    .replace(/revocation = "eventual"\n/, "")
    .replaceAll("http://127.0.0.1:8788", upstream);
}

/** Sends one request for each set of headers and returns requests a second; any other answer than 200 is an error. */
async function load(origin: string, all: readonly Record<string, string>[]): Promise<number> {
  const pool = new Pool(origin, { connections: CONNECTIONS });
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let headers = all[next++]; headers !== undefined; headers = all[next++]) {
        const { statusCode, body } = await pool.request({ path: "/orders/17", method: "GET", headers });
        const text = await body.text();
        if (statusCode !== 200 || text !== '{"order":"17"}') throw new Error(`${origin}: ${statusCode} ${text}`);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  await pool.close();
  return all.length / seconds;
}
