/** What the cases of the gateway share: the demo company, an upstream, and the gateway in front of it, checked. */
import { type Company, foundCompany } from "../demo/company.ts";
import { checkGuarantees } from "./guarantees.ts";
import { type Hopgate, type HopgateOptions, startHopgate } from "./hopgate.ts";
import { type PeerOptions, startPeer } from "./peer.ts";
import { withStates } from "./state.ts";
import { startUpstream, type Upstream } from "./upstream.ts";
import type { Workerd } from "./workerd.ts";

type Own = Pick<HopgateOptions, "policies" | "configure" | "secrets">;

export interface Scene {
  readonly company: Company;
  readonly upstream: Upstream;
  readonly gateway: Hopgate;
  /** Starts another gateway of the company, with a state of its own, and what else is given. */
  startAnother(own?: Own): Promise<Hopgate>;
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
      const start = async (own: Own = {}): Promise<Hopgate> => {
        const state = stateOf(`gateway-${running.length}`);
        return started(await startHopgate({ company, upstream: upstream.origin, state, ...own }));
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
