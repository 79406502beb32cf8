/**
 * `npm run selfhost` under a supervisor and with 1,024 open files: idle connections, its stop, and what it leaves
 * behind.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "../../local/free-port.ts";
import { withLoopback } from "../../local/origins.ts";
import { halfSend } from "../e2e/half-sent.ts";

const IDLE = 501;

let folder: string;
let url: string;
let child: ChildProcess;
let output: string;
let config: string;

/** @returns what it says, as it says it */
function start(port: number): { child: ChildProcess; said: () => string } {
  const options = ["--config", config, "--state", join(folder, "state"), "--keys", join(folder, "keys")];
  const command = [
    "selfhost/start.ts",
    "--prebuilt",
    "--address",
    `127.0.0.1:${port}`,
    "--per-address",
    "625",
    ...options,
  ];
  // Its temporary files are in a folder that shows what is left of them.
  const env = { ...process.env, TMPDIR: folder };
  const started = spawn("prlimit", ["--nofile=1024:1024", process.execPath, ...command], { env, stdio: "pipe" });
  let said = "";
  for (const stream of [started.stdout, started.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      output += text;
    });
  return { child: started, said: () => said };
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hopgate-process-"));
  const port = await freePort();
  config = join(folder, "hopgate.toml");
  // Shards of rates would need more files.
  const local = (await readFile("config/local.toml", "utf8")).replace(/^limit = .*$/gm, "");
  await writeFile(config, withLoopback(local, port));
  output = "";
  ({ child } = start(port));
  url = `http://127.0.0.1:${port}`;
  await expect.poll(() => output).toContain("limits ");
});
afterEach(async () => {
  // It may be starting a workerd until it has ended.
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
  for (const pid of await workerds()) process.kill(pid, "SIGKILL");
  await expect.poll(workerds).toEqual([]);
  await rm(folder, { recursive: true });
});

/** Of workerd; the state folder is among its arguments. */
async function workerds(): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")));
  return pids.flatMap((pid, i) => (lines[i]?.includes(`state=${folder}/state`) ? Number(pid) : []));
}

const temporary = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name.startsWith("hopgate-"));

test(`${IDLE} idle connections leave room for requests, and a stop with them ends with code 0 and leaves nothing but the state`, async () => {
  expect(output).toContain("625 connections, 625 of one address, 143 requests at a time");
  expect(await workerds()).toHaveLength(1);
  const sockets = await Promise.all(
    Array.from({ length: IDLE }, async (): Promise<Socket> => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1").on("error", () => undefined);
      await once(socket, "connect");
      return socket;
    }),
  );
  const answers = await Promise.all(Array.from({ length: 64 }, () => fetch(`${url}/.well-known/jwks.json`)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  await Promise.all(answers.map((answer) => answer.text()));
  expect(await temporary()).toHaveLength(1);

  const ended = once(child, "exit");
  child.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
  expect(await workerds()).toEqual([]);
  expect(await temporary()).toEqual([]);
  for (const socket of sockets) socket.destroy();
});

test("if workerd ends by itself, the gateway ends with code 1 and prints why", async () => {
  const [pid] = await workerds();
  const ended = once(child, "exit");
  process.kill(pid as number, "SIGKILL");
  expect(await ended).toEqual([1, null]);
  expect(output).toContain("selfhost: workerd ended by SIGKILL");
  expect(await temporary()).toEqual([]);
});

test("openings of WebSockets do not end it, even if sent before an answer or reset while they are refused", async () => {
  const { host, port } = new URL(url);
  const opening = `GET http://evil.example/ HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`;
  const toFront = (): Socket => connect(Number(port), "127.0.0.1").on("error", () => undefined);
  const ahead = toFront().resume();
  ahead.write(`GET /x HTTP/1.1\r\nhost: ${host}\r\n\r\n${opening}`);
  await once(ahead, "close");
  // All places are taken, so that this process refuses the rest itself.
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const held = Array.from({ length: 153 }, () => halfSend({ url, path: "/oauth/token", headers }));
  await expect.poll(async () => (await fetch(`${url}/x`)).status).toBe(503);
  for (let turn = 0; turn < 64; turn++) {
    const socket = toFront().resume();
    await once(socket, "connect");
    socket.write(opening, () => socket.resetAndDestroy());
    await once(socket, "close");
  }
  for (const { leave } of held) leave();
  await expect.poll(async () => (await fetch(`${url}/.well-known/jwks.json`)).status).toBe(200);
  expect(child.exitCode).toBeNull();
});

test("a gateway without TLS stays up when it is sent SIGHUP, as `systemctl reload` does", async () => {
  child.kill("SIGHUP");
  await expect.poll(() => output).toContain("there is no certificate to renew");
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(child.exitCode ?? child.signalCode).toBeNull();
});

test("a second gateway with the same state is refused in one line, and the first keeps serving", async () => {
  const { child: second, said } = start(await freePort());
  expect(await once(second, "exit")).toEqual([1, null]);
  const line = `selfhost: another gateway uses the state \`${folder}/state\`: stop it, or choose another --state\n`;
  expect(said()).toBe(line);
  expect((await fetch(`${url}/.well-known/jwks.json`)).status).toBe(200);
  expect(await workerds()).toHaveLength(1);
});

test("the next start ends the workerd of a killed gateway, and says so", async () => {
  const [left] = await workerds();
  const killed = once(child, "exit");
  child.kill("SIGKILL");
  await killed;
  expect(await workerds()).toEqual([left]);
  const next = start(Number(new URL(url).port));
  child = next.child;
  await expect.poll(next.said).toContain("limits ");
  expect(next.said()).toContain(`ended     workerd ${left}, which a gateway that was killed had left running`);
  expect(await workerds()).toHaveLength(1);
  expect(await workerds()).not.toContain(left);
  expect((await fetch(`${url}/.well-known/jwks.json`)).status).toBe(200);
});
