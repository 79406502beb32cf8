/**
 * `npm start`: builds everything, starts the gateway with a demo upstream, seeds the policies, sends one real request
 * of three hops through, tells what happened at each step, and stays up.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildCore, buildWorker } from "../local/build.ts";
import { endPlainly } from "../local/end-plainly.ts";
import { startGateway } from "../local/gateway.ts";
import { portFrom, refuseTaken } from "../local/listening.ts";
import { LOCAL_FOLDER, localSecrets } from "../local/secrets.ts";
import { readPolicyFiles } from "../policies/tool/files.ts";
import { publishPolicies } from "../policies/tool/publish.ts";
import { publicPart } from "../sdk/keys.ts";
import { foundCompany, registerWorkloads, WORKLOADS } from "./company.ts";
import { CRM_KEY, startUpstream } from "./upstream.ts";
import { printAttempts, walkThrough } from "./walk.ts";

const HELP = `usage: npm start

Builds all, starts a gateway with a demo upstream, sends one real request of three hops, prints what happened at each step,
and stays up. It takes no options; the environment moves its ports:

  PORT           the gateway's (default 8787)
  UPSTREAM_PORT  the demo upstream's (default 8788)

Keys are in .hopgate/; the state is new at every start. For your own API and configuration: docs/quickstart.md`;

const CONFIG = "config/local.toml";

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: "boolean", short: "h", default: false } } });
  if (values.help) return void console.log(HELP);
  const [port, upstreamPort] = [portFrom("PORT", 8787), portFrom("UPSTREAM_PORT", 8788)];
  await refuseTaken(`127.0.0.1:${port}`, "set PORT");
  await refuseTaken(`127.0.0.1:${upstreamPort}`, "set UPSTREAM_PORT");
  console.log("building the core and the Worker ...");
  await buildCore();
  await buildWorker(CONFIG);

  const gatewayUrl = `http://127.0.0.1:${port}`;
  const company = await foundCompany();
  const upstream = await startUpstream(company, gatewayUrl, upstreamPort);
  const { gatewayKeys, publisher, adminToken } = await localSecrets();
  const config = (await readFile(CONFIG, "utf8")).replaceAll("127.0.0.1:8788", `127.0.0.1:${upstreamPort}`);
  let seeded = false;
  const gateway = await startGateway({
    config,
    port,
    gatewayKeys,
    adminToken,
    publishers: [publicPart(publisher)],
    secrets: { CRM_KEY },
    // Until the policies are published, a few lines below, their absence is expected.
    log: (line) => {
      if (seeded || !line.includes('"policies_absent"')) console.log(line);
    },
  });
  const published = await publishPolicies(
    await readPolicyFiles("policies"),
    { gateway: gatewayUrl, adminToken },
    publisher,
  );
  seeded = true;
  const remote = { gateway: gatewayUrl, adminToken };
  await registerWorkloads(company, remote);
  console.log(`gateway   ${gatewayUrl}`);
  console.log(`upstream  ${upstream.url}`);
  console.log(`workloads ${WORKLOADS.length} registered, each with its key (npm run hopgate -- workload list)`);
  console.log(`policies  ${published.policies} published as ${published.hash} (release ${published.release.seq})`);

  await mkdir(join(LOCAL_FOLDER, "demo"), { recursive: true });
  const file = join(LOCAL_FOLDER, "demo", "company.json");
  await writeFile(file, JSON.stringify(company, null, 2), { mode: 0o600 });
  await writeFile(join(LOCAL_FOLDER, "demo", "hopgate.toml"), config);
  await walkThrough({ company, gatewayUrl, adminToken, upstream });
  await printAttempts(company, gatewayUrl);

  const stop = async (): Promise<void> => {
    await Promise.all([gateway.stop(), upstream.stop()]);
    process.exit(0);
  };
  process.on("SIGINT", () => void stop());
  process.on("SIGTERM", () => void stop());
}

await endPlainly("start", main());
