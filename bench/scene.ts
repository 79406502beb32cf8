/** What the cases of the gateway share: the demo company, an upstream, and the gateway in front of it, checked. */
import { type Company, foundCompany } from "../demo/company.ts";
import type { PolicyFiles } from "../policies/tool/test.ts";
import { checkGuarantees } from "./guarantees.ts";
import { type Hopgate, startHopgate } from "./hopgate.ts";
import { type PeerOptions, startPeer } from "./peer.ts";
import { withStates } from "./state.ts";
import { startUpstream, type Upstream } from "./upstream.ts";
import type { Workerd } from "./workerd.ts";

export interface Scene {
  readonly company: Company;
  readonly upstream: Upstream;
  readonly gateway: Hopgate;
  /** Starts another gateway of the company, with a state of its own, and policies of its own where some are given. */
  startAnother(policies?: PolicyFiles): Promise<Hopgate>;
  /** Starts a peer, which is ended with the rest. */
  startPeer(entry: string, options: Omit<PeerOptions, "state">): Promise<Workerd>;
  /** The least that a gateway can do. */
  startPassThrough(): Promise<Workerd>;
}

/** Runs over a scene, and ends all its processes. */
export function withScene<T>(run: (scene: Scene) => Promise<T>): Promise<T> {
  return withStates(async (stateOf) => {
    const running: { stop(): Promise<void> }[] = [];
    const started = <R extends { stop(): Promise<void> }>(one: R): R => {
      running.push(one);
      return one;
    };
    const peer: Scene["startPeer"] = async (entry, options) =>
      started(await startPeer(entry, { ...options, state: stateOf(`peer-${running.length}`) }));
    try {
      const upstream = started(await startUpstream());
      const company = await foundCompany();
      const start = async (policies?: PolicyFiles): Promise<Hopgate> => {
        const state = stateOf(`gateway-${running.length}`);
        return started(await startHopgate({ company, upstream: upstream.origin, state, policies }));
      };
      const gateway = await start();
      await checkGuarantees(company, gateway.remote);
      return await run({
        company,
        upstream,
        gateway,
        startAnother: start,
        startPeer: peer,
        startPassThrough: () => peer("bench/peers/passthrough.ts", { vars: { UPSTREAM: upstream.origin } }),
      });
    } finally {
      for (const one of running.toReversed()) await one.stop();
    }
  });
}
