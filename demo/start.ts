/**
 * `npm start`: builds everything, starts the gateway with a demo upstream, seeds the policies, sends one real request
 * of three hops through, tells what happened at each step, and stays up.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildCore, buildWorker } from "../local/build.ts";
import { startGateway } from "../local/gateway.ts";
import { LOCAL_FOLDER, localSecrets } from "../local/secrets.ts";
import { readPolicyFiles } from "../policies/tool/files.ts";
import { publishPolicies } from "../policies/tool/publish.ts";
import { publicPart } from "../sdk/keys.ts";
import { foundCompany, registerWorkloads, WORKLOADS } from "./company.ts";
import { CRM_KEY, startUpstream } from "./upstream.ts";
import { printAttempts, walkThrough } from "./walk.ts";

const port = portOf("PORT", 8787);
const upstreamPort = portOf("UPSTREAM_PORT", 8788);
const CONFIG = "config/local.toml";

function portOf(name: string, otherwise: number): number {
  const text = process.env[name];
  if (text === undefined || text === "") return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65535) throw new Error(`${name} must be a port from 1 to 65535`);
  return value;
}

async function main(): Promise<void> {
  console.log("building the core and the Worker ...");
  await buildCore();
  await buildWorker(CONFIG);

  const gatewayUrl = `http://127.0.0.1:${port}`;
  const company = await foundCompany();
  const upstream = await startUpstream(company, gatewayUrl, upstreamPort);
  const { gatewayKeys, publisher, adminToken } = await localSecrets();
  const gateway = await startGateway({
    config: (await readFile(CONFIG, "utf8")).replaceAll("127.0.0.1:8788", `127.0.0.1:${upstreamPort}`),
    port,
    gatewayKeys,
    adminToken,
    publishers: [publicPart(publisher)],
    secrets: { CRM_KEY },
    persist: join(LOCAL_FOLDER, "state"),
  });
  // The keys of the demo are new at every start: what an earlier start cached of the identity provider is void.
  const kv = await gateway.miniflare.getKVNamespace("KV");
  await kv.delete("jwks:https://idp.acme.example");
  const published = await publishPolicies(
    await readPolicyFiles("policies"),
    { gateway: gatewayUrl, adminToken },
    publisher,
  );
  const remote = { gateway: gatewayUrl, adminToken };
  await registerWorkloads(company, remote);
  console.log(`gateway   ${gatewayUrl}`);
  console.log(`upstream  ${upstream.url}`);
  console.log(`workloads ${WORKLOADS.length} registered, each with its key (npm run hopgate -- workload list)`);
  console.log(`policies  ${published.policies} published as ${published.hash} (release ${published.release.seq})`);

  await mkdir(join(LOCAL_FOLDER, "demo"), { recursive: true });
  const file = join(LOCAL_FOLDER, "demo", "company.json");
  await writeFile(file, JSON.stringify(company, null, 2), { mode: 0o600 });
  await walkThrough({ company, gatewayUrl, adminToken, upstream });
  await printAttempts(company, gatewayUrl);

  const stop = async (): Promise<void> => {
    await Promise.all([gateway.stop(), upstream.stop()]);
    process.exit(0);
  };
  process.on("SIGINT", () => void stop());
  process.on("SIGTERM", () => void stop());
}

main().catch((error: unknown) => {
  const { code, message } = error as NodeJS.ErrnoException;
  console.error(code === "EADDRINUSE" ? `a port is taken: set PORT and UPSTREAM_PORT (${message})` : error);
  process.exit(1);
});
