/** The gateway as it is self-hosted, with the demo company's policies and workloads: what the cases of the gateway measure. */
import { readFile } from "node:fs/promises";
import { type Company, registerWorkloads } from "../demo/company.ts";
import { freePort } from "../local/free-port.ts";
import { withLoopback } from "../local/origins.ts";
import { readPolicyFiles } from "../policies/tool/files.ts";
import { publishPolicies } from "../policies/tool/publish.ts";
import type { PolicyFiles } from "../policies/tool/test.ts";
import type { Remote } from "../sdk/admin.ts";
import { newKey, publicPart } from "../sdk/keys.ts";
import { buildSelfhost } from "../selfhost/build.ts";
import { startWorkerd, type Workerd } from "./workerd.ts";

export interface Hopgate extends Workerd {
  readonly remote: Remote;
  /** Ends the process, and starts another over the same state and at the same address when what happens meanwhile is done. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
}

export interface HopgateOptions {
  readonly company: Company;
  /** Origin of the upstream of all routes. */
  readonly upstream: string;
  /** Folder for its state, empty: policies and workloads are put there. */
  readonly state: string;
  /** Default: those of policies/. */
  readonly policies?: PolicyFiles | undefined;
  /** Changes the configuration of the company. */
  readonly configure?: (config: string) => string;
  /** That it names, beside the gateway's own. */
  readonly secrets?: Readonly<Record<string, string>>;
}

const ADMIN_TOKEN = "bench";
const DISKS = ["state", "archive"];

/** @throws Error if it does not start, or does not take policies or workloads */
export async function startHopgate(options: HopgateOptions): Promise<Hopgate> {
  const { company, upstream, state, policies, configure = (config) => config, secrets } = options;
  const [port, publisher] = [await freePort(), await newKey()];
  const text = configure(withLoopback(await companyConfig(company, upstream), port));
  const config = await buildSelfhost(`${state}.build`, text, `127.0.0.1:${port}`);
  const env = {
    GATEWAY_KEYS: JSON.stringify({ keys: [await newKey()] }),
    POLICY_KEYS: JSON.stringify({ keys: [publicPart(publisher)] }),
    ADMIN_TOKEN,
    ...secrets,
  };
  const start = (): Promise<Workerd> => startWorkerd({ config, state, disks: DISKS, env });
  let running = await start();
  const remote = { gateway: running.origin, adminToken: ADMIN_TOKEN };
  try {
    await publishPolicies(policies ?? (await readPolicyFiles("policies")), remote, publisher);
    await registerWorkloads(company, remote);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return {
    origin: running.origin,
    state,
    remote,
    get pid() {
      return running.pid;
    },
    get ended() {
      return running.ended;
    },
    stop: () => running.stop(),
    restart: async (meanwhile) => {
      await running.stop();
      await meanwhile();
      running = await start();
    },
  };
}

/** The same configuration, reached under another origin too. */
export function withOrigin(origin: string, config: string): string {
  return config.replace(/^origins = \[/m, `$& "${origin}",`);
}

/** The local configuration with this upstream and this company's identity provider; every route as strict as can be. */
async function companyConfig(company: Company, upstream: string): Promise<string> {
  const { x, kid } = publicPart(company.idp);
  const text = await readFile("config/local.toml", "utf8");
  return text
    .replace(/jwks_uri = .*/, `keys = [{ kty = "OKP", crv = "Ed25519", x = "${x}", kid = "${kid}" }]`)
    .replace(/^revocation = .*\n/m, "")
    .replaceAll("http://127.0.0.1:8788", upstream);
}
