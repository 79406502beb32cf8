/** Requests a second of several servers in turn, each measured while the others rest. */
import { type Contenders, interleave, type Rounds } from "./compare.ts";
import { type IsRight, type LoadRequest, load } from "./load.ts";
import { settled } from "./process.ts";

export interface Server {
  readonly origin: string;
  /** Absent if nothing of it runs on after its answers. */
  readonly pid?: number;
  /** Makes the requests of a round, before it is timed. */
  requests(): readonly LoadRequest[] | Promise<readonly LoadRequest[]>;
  /** Default: as for all. */
  readonly isRight?: IsRight;
  /** Looks at what the load has left; runs when the round is timed. */
  after?(): Promise<void>;
}

export function throughput(
  servers: Readonly<Record<string, Server>>,
  isRight: IsRight,
  connections: number,
  rounds: number,
): Promise<Rounds> {
  const pids = Object.values(servers).flatMap(({ pid }) => pid ?? []);
  const contenders: Contenders = Object.fromEntries(
    Object.entries(servers).map(([name, { origin, requests, after, isRight: own = isRight }]) => [
      name,
      async () => {
        await Promise.all(pids.map(settled));
        // Now, because proofs grow old.
        const made = await requests();
        const perSecond = await load(origin, made, own, connections);
        await after?.();
        console.error(`  ${name}: ${Math.round(perSecond)}/s`);
        return perSecond;
      },
    ]),
  );
  return interleave(contenders, rounds);
}
