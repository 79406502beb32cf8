/** A self-hosted gateway that is treated badly, in front of an upstream that notes which decisions reached it. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeJwt } from "jose";
import { type Hopgate, startHopgate } from "../../bench/hopgate.ts";
import { withStates } from "../../bench/state.ts";
import { type Company, foundCompany } from "../../demo/company.ts";

export interface SelfHosted {
  readonly company: Company;
  readonly gateway: Hopgate;
  /** Decisions whose tokens have reached the upstream. */
  readonly reached: Set<string>;
  /** Ends the process at once, with whatever it was doing, and starts another over what is on the disk. */
  kill(): Promise<void>;
}

/** Runs with a gateway of its own, and ends it. */
export function withSelfHosted(run: (world: SelfHosted) => Promise<void>): Promise<void> {
  return withStates(async (stateOf) => {
    const { stop, ...world } = await start(stateOf("gateway"));
    await run(world).finally(stop);
  });
}

async function start(state: string): Promise<SelfHosted & { stop(): Promise<void> }> {
  const reached = new Set<string>();
  const upstream = createServer((request, response) => {
    reached.add(decodeJwt((request.headers.authorization as string).replace("Bearer ", ""))["decision"] as string);
    response.end("{}");
  });
  await once(upstream.listen(0, "127.0.0.1"), "listening");
  const { port } = upstream.address() as AddressInfo;
  const company = await foundCompany();
  const gateway = await startHopgate({ company, upstream: `http://127.0.0.1:${port}`, state });
  return {
    company,
    gateway,
    reached,
    kill: async () => {
      process.kill(gateway.pid, "SIGKILL");
      await gateway.restart(async () => undefined);
    },
    stop: async () => {
      await gateway.stop();
      upstream.closeAllConnections();
      upstream.close();
    },
  };
}
