/** What a self-hosted gateway's socket answers and logs if workerd gives no answer. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { freePort } from "../../local/free-port.ts";
import { type Front, startFront } from "../../selfhost/front/front.ts";
import { ruleOf } from "../../selfhost/front/refuse.ts";

let folder: string;
let fronts: Front[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hopgate-failures-"));
  fronts = [];
});
afterEach(async () => {
  await Promise.all(fronts.map((front) => front.stop(0)));
  await rm(folder, { recursive: true });
});

/** @param path of workerd's socket @returns what sends a request */
async function begin(path: string): Promise<() => Promise<unknown>> {
  const port = await freePort();
  const limits = { connections: 100, perAddress: 100, requests: 100 };
  const workerd = { address: { path }, secret: "secret" };
  fronts.push(await startFront({ host: "127.0.0.1", port, tls: undefined, limits, workerd }));
  return async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/x`);
    return { status: answer.status, ...((await answer.json()) as object) };
  };
}

test("a connection that workerd closes without an answer is answered 502, and each cause is logged with its own count", async () => {
  const hangsUp = createServer((socket) => void socket.once("data", () => socket.destroy()));
  await new Promise<void>((done) => void hangsUp.listen(join(folder, "hangs-up"), done));
  const counts: Record<string, number> = {};
  const logged = vi.spyOn(console, "error").mockImplementation((line: string) => {
    const { rule, about, count } = JSON.parse(line);
    const cause = `${rule} ${about.code}`;
    counts[cause] = (counts[cause] ?? 0) + count;
  });
  const [hungUp, absent] = [await begin(join(folder, "hangs-up")), await begin(join(folder, "absent"))];
  await Promise.all(
    Array.from({ length: 5 }, async () => {
      for (let turn = 0; turn < 8; turn++)
        expect(await hungUp()).toMatchObject({ status: 502, error: "bad_gateway", rule: "answer_missing" });
      expect(await absent()).toMatchObject({ status: 503, rule: "gateway_stopping" });
    }),
  );
  await expect.poll(() => counts).toEqual({ "answer_missing ECONNRESET": 40, "gateway_stopping ENOENT": 5 });
  logged.mockRestore();
  hangsUp.close();
});

/** Listens on the socket that its argument names, with a short queue. */
const LISTENS = `require("node:net").createServer().listen({ path: process.argv[1], backlog: 1 }, () => console.log("listening"))`;

test("a request is answered `gateway_busy` while the queue of workerd's socket is full", async () => {
  const path = join(folder, "full");
  const child = spawn(process.execPath, ["-e", LISTENS, path], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGSTOP");
  await expect.poll(() => readFile(`/proc/${child.pid}/stat`, "utf8")).toContain(") T ");
  const waiting: Socket[] = [];
  const send = await begin(path);
  try {
    const code = (): Promise<string> =>
      new Promise((done) => {
        const socket = connect({ path }, () => done("waits"));
        socket.on("error", (error: NodeJS.ErrnoException) => done(String(error.code)));
        waiting.push(socket);
      });
    await expect.poll(code).toBe("EAGAIN");
    expect(await send()).toMatchObject({ status: 503, error: "temporarily_unavailable", rule: "gateway_busy" });
  } finally {
    child.kill("SIGKILL");
    for (const socket of waiting) socket.destroy();
  }
});

test.each([
  ["ECONNREFUSED", "gateway_stopping"],
  ["ENOENT", "gateway_stopping"],
  ["EPIPE", "answer_missing"],
])("%s of the connection to workerd is answered %s", (code, rule) => {
  expect(ruleOf(Object.assign(new Error(code), { code }))).toBe(rule);
});
