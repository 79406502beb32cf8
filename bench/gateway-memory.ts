/** Requests a second under policies that count what a task does and limit it, against the same policies without memory. */
import { readPolicyFiles } from "../policies/tool/files.ts";
import type { PolicyFiles } from "../policies/tool/test.ts";
import { type BenchCase, report } from "./compare.ts";
import type { Hopgate } from "./hopgate.ts";
import type { LoadRequest } from "./load.ts";
import { withScene } from "./scene.ts";
import { signedRequests } from "./signed.ts";
import { throughput } from "./throughput.ts";
import { isOrder } from "./upstream.ts";

export const MEMORY = "gateway-memory";
const CONNECTIONS = 16;
const PER_TASK = 20;

export function gatewayMemory(rounds: number, count = 1500): Promise<BenchCase[]> {
  return withScene(async ({ company, gateway, startAnother }) => {
    const remembering = await startAnother({ policies: withMemory(await readPolicyFiles("policies")) });
    const server = ({ origin, pid }: Hopgate) => ({
      origin,
      pid,
      requests: async () => inTurn(await signedRequests({ company, origin, count, perTask: PER_TASK })),
    });
    const measured = await throughput(
      { "with memory": server(remembering), "without memory": server(gateway) },
      isOrder,
      CONNECTIONS,
      rounds,
    );
    const note = `${CONNECTIONS} connections, ${PER_TASK} requests a task, each counted and held to a limit`;
    return [report(MEMORY, "requests/s", "more", measured, "with memory", note)];
  });
}

/** The company's policies, with a count on what is measured, and a limit that reads it. */
function withMemory(files: PolicyFiles): PolicyFiles {
  const limit = `
@id("bench-limit")
forbid (principal, action == Action::"orders:read", resource)
when { context.task.reads >= 1000000 };
`;
  return {
    ...files,
    cedarText: files.cedarText.replace('@id("support-reads-orders")', '$&\n@count("reads")') + limit,
    schemaText: files.schemaText.replace("  task: {", "  task: { reads: Long,"),
  };
}

/** One request of each task, then the next of each: within a task they follow one another, as those of an agent do. */
function inTurn(requests: readonly LoadRequest[]): LoadRequest[] {
  const turns = Array.from({ length: PER_TASK }, (_, turn) => requests.filter((_, index) => index % PER_TASK === turn));
  return turns.flat();
}
