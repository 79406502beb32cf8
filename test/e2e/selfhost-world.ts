/** A self-hosted gateway as `npm run selfhost` starts it, with policies and workloads, for tests that restart it. */
import { mkdtemp, rm } from "node:fs/promises";
import type { IpcSocketConnectOpts } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../local/free-port.ts";
import { untilServing } from "../../local/listening.ts";
import { withLoopback } from "../../local/origins.ts";
import { readPolicyFiles } from "../../policies/tool/files.ts";
import { publishPolicies } from "../../policies/tool/publish.ts";
import { newKey, type PrivateKey, publicPart } from "../../sdk/keys.ts";
import { buildSelfhost } from "../../selfhost/build.ts";
import { type Front, startFront, type WorkerdSocket } from "../../selfhost/front/front.ts";
import { type FrontLimits, limitsFor, openFileLimit } from "../../selfhost/front/limits.ts";
import { type Running, serve } from "../../selfhost/workerd.ts";
import { ADMIN_TOKEN, registerWorkloads, testConfig, type World } from "./harness.ts";
import { startTestUpstream } from "./upstream.ts";
import { VENDOR_SECRETS } from "./vendor.ts";

export interface SelfhostWorld {
  /** What the helpers of the other tests need of a world; there is no Miniflare here. */
  readonly world: World;
  /** Folder of its state. */
  readonly state: string;
  /** workerd as the front knows it. */
  readonly workerd: WorkerdSocket & { readonly address: IpcSocketConnectOpts };
  /** Of the workerd that runs now. */
  pid(): number;
  /** @param through as for `serve`; default: that of the options */
  start(through?: readonly string[]): Promise<void>;
  /** @param grace milliseconds for requests in flight */
  stop(grace?: number): Promise<void>;
  /** For good. */
  end(): Promise<void>;
}

export interface SelfhostOptions {
  /** Default: a new folder, which goes with the world. */
  readonly state?: string;
  /**
   * Who has published the policies that `state` has: nothing is published or registered. Default: somebody new
   * publishes.
   */
  readonly publisher?: PrivateKey;
  edit?(config: string): string;
  /** As for `serve`. */
  readonly through?: readonly string[];
  readonly logged?: (text: string) => void;
}

/** @param name of the folder of `dist/` that it is built into */
export async function startSelfhostWorld(name: string, options: SelfhostOptions = {}): Promise<SelfhostWorld> {
  const state = options.state ?? (await mkdtemp(join(tmpdir(), "hopgate-selfhost-")));
  const upstream = await startTestUpstream();
  const [gatewayKeys, publisher] = [[await newKey()], options.publisher ?? (await newKey())];
  const port = await freePort();
  const run = await mkdtemp(join(tmpdir(), "hopgate-"));
  const [socket, secret, limits] = [join(run, "workerd.sock"), crypto.randomUUID(), limitsHere()];
  const text = await testConfig(upstream.url);
  const config = await buildSelfhost(
    `dist/${name}`,
    withLoopback(options.edit?.(text) ?? text, port),
    `unix:${socket}`,
  );
  const env = {
    ...process.env,
    ...VENDOR_SECRETS,
    GATEWAY_KEYS: JSON.stringify({ keys: gatewayKeys }),
    POLICY_KEYS: JSON.stringify({ keys: [publicPart(publisher)] }),
    ADMIN_TOKEN,
    FRONT_SECRET: secret,
  };
  const url = `http://127.0.0.1:${port}`;
  const workerd = { address: { path: socket }, secret };
  const world = { url, upstream, gatewayKeys, publisher } as unknown as World;
  let running: Running;
  let front: Front;
  const start = async (through = options.through): Promise<void> => {
    // workerd leaves the file behind.
    await rm(socket, { force: true });
    running = await serve({
      config,
      state,
      env,
      ...(through && { through }),
      ...(options.logged && { logged: options.logged }),
    });
    await untilServing(socket, running.ended);
    front = await startFront({ host: "127.0.0.1", port, tls: undefined, limits, workerd });
  };
  const stop = async (grace = 1000): Promise<void> => {
    await front.stop(grace);
    await running.stop();
  };
  await start();
  if (options.publisher === undefined) {
    await publishPolicies(await readPolicyFiles("policies"), { gateway: url, adminToken: ADMIN_TOKEN }, publisher);
    await registerWorkloads(world);
  }
  return {
    world,
    state,
    workerd,
    pid: () => running.pid,
    start,
    stop,
    end: async () => {
      await stop();
      await upstream.stop();
      await rm(run, { recursive: true });
      if (options.state === undefined) await rm(state, { recursive: true });
    },
  };
}

/** All connections of the tests have one address. */
function limitsHere(): FrontLimits {
  const limits = limitsFor(openFileLimit(), 1);
  return { ...limits, perAddress: limits.connections };
}
