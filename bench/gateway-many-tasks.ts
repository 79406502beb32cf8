/** Every request a task of its own: requests a second, and what each leaves in the state folder and in open files. */
import { type BenchCase, type Rounds, report } from "./compare.ts";
import { folderUse } from "./folder.ts";
import { atRest, openFiles } from "./process.ts";
import { type Scene, withScene } from "./scene.ts";
import { plainRequests, signedRequests } from "./signed.ts";
import { throughput } from "./throughput.ts";
import { isOrder } from "./upstream.ts";

const CONNECTIONS = 64;

export const MANY_TASKS = "gateway-many-tasks";

export function gatewayManyTasks(rounds: number, count = 1000): Promise<BenchCase[]> {
  return withScene(async ({ company, gateway, startPassThrough }) => {
    const bare = await startPassThrough();
    const signed = () => signedRequests({ company, origin: gateway.origin, count, perTask: 1 });
    const plain = plainRequests(await signed());
    const growth = watchGrowth(gateway, count);
    const measured = await throughput(
      {
        gateway: {
          origin: gateway.origin,
          pid: gateway.pid,
          requests: async () => {
            const requests = await signed();
            await growth.before();
            return requests;
          },
          after: growth.after,
        },
        "hono pass-through": { origin: bare.origin, pid: bare.pid, requests: () => plain },
      },
      isOrder,
      CONNECTIONS,
      rounds,
    );
    const note = `${CONNECTIONS} connections, every request under a root and a txn of its own, else as gateway-3-hops`;
    const grown = Object.entries(growth.perRequest()).map(([what, values]) =>
      report(`${MANY_TASKS}-${what}`, `${what} a request`, "less", { gateway: values }, "gateway", GROWTH_NOTES[what]),
    );
    return [report(MANY_TASKS, "requests/s", "more", measured, "gateway", note), ...grown];
  });
}

const GROWTH_NOTES: Readonly<Record<string, string>> = {
  files: "more files in the state folder after a round, when the gateway is at rest",
  bytes: "more blocks on disk after a round, archive included, when the gateway is at rest",
  "open-files": "more entries of /proc/PID/fd at the end of the load",
};

/** Of each round but the first, which warms up. */
function watchGrowth({ pid, state }: Scene["gateway"], requests: number) {
  const rounds = { files: [] as number[], bytes: [] as number[], "open-files": [] as number[] };
  let [use, open] = [{ files: 0, bytes: 0 }, 0];
  return {
    before: async (): Promise<void> => {
      [use, open] = [await folderUse(state), await openFiles(pid)];
    },
    after: async (): Promise<void> => {
      const opened = (await openFiles(pid)) - open;
      await atRest(pid);
      const { files, bytes } = await folderUse(state);
      rounds.files.push((files - use.files) / requests);
      rounds.bytes.push((bytes - use.bytes) / requests);
      rounds["open-files"].push(opened / requests);
    },
    perRequest: (): Rounds =>
      Object.fromEntries(Object.entries(rounds).map(([what, [_, ...values]]) => [what, values])),
  };
}
