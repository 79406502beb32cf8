/** Requests a second through the gateway, chain of three hops and DPoP proof, against a bare pass-through. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { type Company, foundCompany, serviceChain } from "../demo/company.ts";
import { startGateway } from "../local/gateway.ts";
import { readPolicyFiles } from "../policies/tool/files.ts";
import { publishPolicies } from "../policies/tool/publish.ts";
import { presentation } from "../sdk/dpop.ts";
import { newKey, publicPart } from "../sdk/keys.ts";
import { startBenchWorker } from "./bench-worker.ts";
import { type BenchCase, interleave, report } from "./compare.ts";
import { CONNECTIONS, type LoadRequest, load } from "./load.ts";

const REQUESTS = 1500;
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
    const request = (headers: Record<string, string>): LoadRequest => ({ method: "GET", path: "/orders/17", headers });
    const isRight = (text: string): boolean => text === '{"order":"17"}';
    const measured = await interleave(
      {
        gateway: async () => load(gateway.url.origin, (await proofs()).map(request), isRight),
        "hono pass-through": () => load(bare.url.origin, same.map(request), isRight),
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
