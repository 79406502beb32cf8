/** The process may open no more files: it answers nothing that is not recorded, reports it, and recovers. */
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { Client } from "undici";
import { expect, test } from "vitest";
import type { Hopgate } from "../../bench/hopgate.ts";
import { openFiles } from "../../bench/process.ts";
import { signedRequests } from "../../bench/signed.ts";
import { type Answer, ask, sendAll, txnOf } from "./callers.ts";
import { expectSpent, missingFrom } from "./on-record.ts";
import { withSelfHosted } from "./selfhosted.ts";

const CONNECTIONS = 32;
const REQUESTS = 300;

test.each([
  [4, 0],
  [40, 0],
  [40, 100],
])("with %i files more than it has open, and %i connections that say nothing", async (room, idle) => {
  await withSelfHosted(async ({ company, gateway, reached, kill }) => {
    const { origin } = gateway;
    const sign = (count: number) => signedRequests({ company, origin, count, perTask: 1 });
    const [requests, later] = [await sign(REQUESTS), await sign(100)];
    const limit = (await openFiles(gateway.pid)) + room;
    execFileSync("prlimit", ["--pid", `${gateway.pid}`, `--nofile=${limit}:${limit}`]);
    const sockets = await Promise.all(Array.from({ length: idle }, () => connectTo(origin)));
    const answers: Answer[] = [];
    await sendAll(origin, requests, CONNECTIONS, (answer) => answers.push(answer));
    expect(answers.filter(({ status }) => ![200, 502, 503].includes(status))).toEqual([]);
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThan(REQUESTS);
    await expect.poll(() => readFile(`${gateway.state}.log`, "utf8")).toContain("Too many open files");
    if (idle > 0) await expect.poll(() => problemsOf(gateway)).toContain("cannot be reached");

    for (const socket of sockets) socket.destroy();
    const client = new Client(origin);
    await expect
      .poll(
        async () => {
          // workerd ends itself if it cannot accept a connection: whoever runs it starts it again.
          if (gateway.ended) await gateway.restart(async () => undefined);
          const answer = await ask(client, later.pop() as Answer["request"]).catch(() => undefined);
          if (answer !== undefined) answers.push(answer);
          return answer?.status;
        },
        { timeout: 30_000, interval: 500 },
      )
      .toBe(200);
    await client.close();
    await kill();
    const allowed = answers.filter(({ status }) => status === 200);
    const known = [...allowed.map(({ decision }) => decision), ...reached];
    const sent = new Set([...requests, ...allowed.map(({ request }) => request)].map(txnOf));
    expect(await missingFrom(gateway.remote, sent, known)).toEqual([]);
    await expectSpent(origin, allowed);
  });
});

async function connectTo(origin: string): Promise<Socket> {
  const socket = connect(Number(new URL(origin).port), "127.0.0.1");
  // A process without a free file may take a connection, reset it, or let it wait in the backlog of the system.
  await new Promise<void>((settled) => socket.once("connect", settled).on("error", () => settled()));
  return socket;
}

/** What /readyz names; a gateway that takes no connection cannot be reached. */
async function problemsOf({ remote }: Hopgate): Promise<string> {
  try {
    const headers = { authorization: `Bearer ${remote.adminToken}`, connection: "close" };
    const answer = await fetch(`${remote.gateway}/readyz`, { headers, signal: AbortSignal.timeout(5000) });
    return ((await answer.json()) as { problems: string[] }).problems.join("; ");
  } catch {
    return "the gateway cannot be reached";
  }
}
