/** Requests a second through the gateway, chain of three hops and DPoP proof, against a bare pass-through. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { type Company, foundCompany, registerWorkloads, serviceChain } from "../demo/company.ts";
import { type LocalGateway, startGateway } from "../local/gateway.ts";
import { readPolicyFiles } from "../policies/tool/files.ts";
import { publishPolicies } from "../policies/tool/publish.ts";
import { presentation } from "../sdk/dpop.ts";
import { newKey, publicPart } from "../sdk/keys.ts";
import { startBenchWorker } from "./bench-worker.ts";
import { type BenchCase, interleave, report } from "./compare.ts";
import { CONNECTIONS, type LoadRequest, load } from "./load.ts";

const REQUESTS = 1500;
const ADMIN = "bench";
const REVOCATIONS = ["strict"] as const;
type Revocation = (typeof REVOCATIONS)[number];

export const GATEWAY_CASES = REVOCATIONS.map((revocation) => `gateway-3-hops-${revocation}`);

export async function gatewayThreeHops(rounds: number): Promise<BenchCase[]> {
  const upstream = new Worker(new URL("peers/upstream.ts", import.meta.url));
  const [port] = (await once(upstream, "message")) as [number];
  const address = `http://127.0.0.1:${port}`;
  const company = await foundCompany();
  const bare = await startBenchWorker("bench/peers/passthrough.ts", { UPSTREAM: address });
  const cases: BenchCase[] = [];
  try {
    for (const revocation of REVOCATIONS) {
      const gateway = await startWith(company, address, revocation);
      try {
        cases.push(await measure(gateway.url.origin, bare.url.origin, company, revocation, rounds));
      } finally {
        await gateway.stop();
      }
    }
    return cases;
  } finally {
    await Promise.all([bare.stop(), upstream.terminate()]);
  }
}

async function measure(
  gateway: string,
  bare: string,
  company: Company,
  revocation: Revocation,
  rounds: number,
): Promise<BenchCase> {
  const chain = await serviceChain(company);
  const url = `${gateway}/orders/17`;
  const proofs = (): Promise<Record<string, string>[]> =>
    Promise.all(
      Array.from({ length: REQUESTS }, () => presentation({ key: company.service, chain, method: "GET", url })),
    );
  const same = Array.from({ length: REQUESTS }, () => ({ authorization: "Bearer x" }));
  const request = (headers: Record<string, string>): LoadRequest => ({ method: "GET", path: "/orders/17", headers });
  const isRight = (text: string): boolean => text === '{"order":"17"}';
  const measured = await interleave(
    {
      gateway: async () => load(gateway, (await proofs()).map(request), isRight),
      "hono pass-through": () => load(bare, same.map(request), isRight),
    },
    rounds,
  );
  const note = `${CONNECTIONS} connections, chain of 3 hops, DPoP, ${revocation} revocation, ledger; load and upstream on the same 2 cores`;
  return report(`gateway-3-hops-${revocation}`, "requests/s", "more", measured, "gateway", note);
}

async function startWith(company: Company, upstream: string, revocation: Revocation): Promise<LocalGateway> {
  const publisher = await newKey();
  const gateway = await startGateway({
    config: await benchConfig(company, upstream, revocation),
    port: 0,
    gatewayKeys: JSON.stringify({ keys: [await newKey()] }),
    adminToken: ADMIN,
    publishers: [publicPart(publisher)],
  });
  const remote = { gateway: gateway.url.origin, adminToken: ADMIN };
  await publishPolicies(await readPolicyFiles("policies"), remote, publisher);
  await registerWorkloads(company, remote);
  return gateway;
}

/** The local configuration with this upstream and this company's identity provider. */
async function benchConfig(company: Company, upstream: string, revocation: Revocation): Promise<string> {
  const { x, kid } = publicPart(company.idp);
  const text = await readFile("config/local.toml", "utf8");
  return text
    .replace(/jwks_uri = .*/, `keys = [{ kty = "OKP", crv = "Ed25519", x = "${x}", kid = "${kid}" }]`)
    .replace(/revocation = "eventual"/, `revocation = "${revocation}"`)
    .replaceAll("http://127.0.0.1:8788", upstream);
}
