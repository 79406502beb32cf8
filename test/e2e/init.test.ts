/** `hopgate init`: what it writes works, existing files are kept, and an answer that it cannot use is refused. */
import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readConfig } from "../../worker/config.ts";
import { hopgate } from "./command-line.ts";

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "hopgate-init-"));
  folder = join(parent, "gateway");
});
afterEach(() => rm(parent, { recursive: true }));

const FLAGS = ["--api", "https://api.example.com", "--issuer", "https://login.example.com/realms/main"];

/** @returns the exit code, and what standard error says */
function initIn(current: string, named: string): Promise<{ code: unknown; told: string }> {
  const args = [resolve("cli/hopgate.ts"), "init", named, "--yes", ...FLAGS];
  return new Promise((done) => {
    execFile(process.execPath, args, { cwd: current }, (error, _, told) => done({ code: error?.code ?? 0, told }));
  });
}

test("writes a configuration that starts, and policies whose tests hold", async () => {
  expect((await hopgate(["init", folder, "--yes", ...FLAGS, "--path", "/v1/invoices/*"])).code).toBe(0);
  const config = readConfig(await readFile(join(folder, "hopgate.toml"), "utf8"));
  expect(config.routes[0]).toMatchObject({
    id: "invoices",
    path: "/v1/invoices/*",
    upstream: "https://api.example.com",
  });
  for (const command of ["check", "test"]) {
    const { code, out } = await hopgate(["policy", command, join(folder, "policies")]);
    expect(code, out).toBe(0);
  }
});

test("refuses an empty folder, and writes nothing into the current one", async () => {
  expect(await initIn(parent, "")).toEqual({
    code: 1,
    told: "hopgate: the folder is empty: name one, or leave it out for `my-gateway`\n",
  });
  expect(await readdir(parent)).toEqual([]);
});

test.each([
  ["is given", () => `${folder}\ntouch there`, () => parent],
  ["is the current folder", () => "gateway", () => join(parent, "two\nlines")],
])("refuses a path with a line break, which would be a command in `env`, if it %s", async (_, given, current) => {
  await mkdir(current(), { recursive: true });
  const before = await readdir(current());
  expect(await initIn(current(), given())).toEqual({
    code: 1,
    told: "hopgate: the path of the folder has a control character, such as a line break: choose another folder\n",
  });
  expect(await readdir(current())).toEqual(before);
});

test("ends if the folder cannot be made", async () => {
  const { code, out } = await hopgate(["init", "/proc/hopgate", "--yes", ...FLAGS]);
  expect(code).toBe(1);
  expect(out).toContain("`/proc/hopgate` is not a folder, and cannot be made one");
});

test("accepts plain http to an API in a private network only if it is told to, and writes that into the route", async () => {
  const flags = ["init", folder, "--yes", "--api", "http://orders:8080", "--issuer", "https://login.example.com"];
  const refused = await hopgate(flags);
  expect([refused.code, refused.out]).toEqual([
    1,
    expect.stringContaining("or with --allow-http in a private network"),
  ]);
  expect((await hopgate([...flags, "--allow-http"])).code).toBe(0);
  const config = readConfig(await readFile(join(folder, "hopgate.toml"), "utf8"));
  expect(config.routes[0]).toMatchObject({ upstream: "http://orders:8080", allow_http: true });
});

test("does not allow it where it is not needed", async () => {
  await hopgate([
    "init",
    folder,
    "--yes",
    "--allow-http",
    "--api",
    "http://127.0.0.1:9001",
    "--issuer",
    "https://login.example.com",
  ]);
  expect(await readFile(join(folder, "hopgate.toml"), "utf8")).not.toContain("allow_http");
});

test("writes keys that only their owner can read", async () => {
  await hopgate(["init", folder, "--yes", ...FLAGS]);
  for (const name of ["assistant.json", "app.json", "gateway-keys.json", "publisher.json", "admin-token"])
    expect((await stat(join(folder, "keys", name))).mode & 0o077, name).toBe(0);
  expect(await readFile(join(folder, ".gitignore"), "utf8")).toContain("keys/");
});

test("asks five questions, and asks again if an answer is not accepted", async () => {
  const child = spawn(process.execPath, ["cli/hopgate.ts", "init", folder], { stdio: ["pipe", "pipe", "pipe"] });
  const answers = ["http://10.0.0.7", "https://api.example.com", "", "https://login.example.com", "", ""];
  let asked = "";
  child.stderr.on("data", (bytes: Buffer) => {
    asked += bytes;
    // One answer for each question, when it is asked.
    if (/[?)\]] $/.test(asked)) child.stdin.write(`${answers.shift()}\n`);
  });
  expect(await new Promise((done) => child.once("exit", done)), asked).toBe(0);
  expect(asked).toContain(
    "http://10.0.0.7: must be https (http only on the loopback, or with --allow-http in a private network)",
  );
  expect(answers).toEqual([]);
});

test("takes answers that are pasted or piped all at once", async () => {
  const child = spawn(process.execPath, ["cli/hopgate.ts", "init", folder], { stdio: ["pipe", "ignore", "ignore"] });
  child.stdin.end("https://api.example.com\n/orders/*\nhttps://login.example.com\n\n\n");
  expect(await new Promise((done) => child.once("exit", done))).toBe(0);
  const { routes, issuers } = readConfig(await readFile(join(folder, "hopgate.toml"), "utf8"));
  expect([routes[0]?.path, issuers[0]?.issuer]).toEqual(["/orders/*", "https://login.example.com"]);
});

test.each(["app", "publisher", "gateway-keys"])("gives a workload named %s a key of its own", async (name) => {
  const workload = ["--workload", `spiffe://example.com/${name}`];
  expect((await hopgate(["init", folder, "--yes", ...FLAGS, ...workload])).code).toBe(0);
  const read = async (file: string): Promise<string> => readFile(join(folder, "keys", file), "utf8");
  expect(await read(`workload-${name}.json`)).not.toBe(await read(`${name}.json`));
});

test("prints commands that can be copied, for a folder with a space too", async () => {
  const { out } = await hopgate(["init", `${folder} two`, "--yes", ...FLAGS]);
  expect(out).toContain(`--config '${folder} two/hopgate.toml' --keys '${folder} two/keys'`);
});

test.each([
  ["at the first question", []],
  ["after an answer", ["https://api.example.com"]],
])("says which option it needs if its input ends %s", async (_, answers) => {
  const child = spawn(process.execPath, ["cli/hopgate.ts", "init", folder], { stdio: ["pipe", "ignore", "pipe"] });
  child.stdin.end(answers.map((answer) => `${answer}\n`).join(""));
  let told = "";
  child.stderr.on("data", (bytes: Buffer) => {
    told += bytes;
  });
  expect(await new Promise((done) => child.once("close", done))).toBe(1);
  expect(told).toContain(`hopgate: no answer: give --${["api", "path"][answers.length]}, or --yes for the defaults`);
  expect(told).not.toContain("Warning");
});

describe("refuses", () => {
  test("to overwrite existing files, and leaves them unchanged", async () => {
    await hopgate(["init", folder, "--yes", ...FLAGS]);
    await writeFile(join(folder, "hopgate.toml"), "mine");
    const { code, out } = await hopgate(["init", folder, "--yes", ...FLAGS]);
    expect([code, out]).toEqual([1, expect.stringContaining("hopgate.toml` exists, and nothing is overwritten")]);
    expect(await readFile(join(folder, "hopgate.toml"), "utf8")).toBe("mine");
    // Before it asks anything.
    expect((await hopgate(["init", folder])).out).toBe(out);
  });

  test("a folder that is a file, or has one of the files, before it asks anything", async () => {
    await mkdir(folder);
    await writeFile(join(folder, ".gitignore"), "mine");
    const told = "gitignore` exists, and nothing is overwritten: choose another folder";
    expect((await hopgate(["init", folder])).out).toContain(told);
    await writeFile(`${folder}.txt`, "");
    expect((await hopgate(["init", `${folder}.txt`])).out).toContain(".txt` is not a folder");
  });

  test.each([
    ["an API without a scheme", ["--api", "localhost:9001"], "--api localhost:9001: must be a URL such as https://"],
    [
      "a gateway with a path",
      ["--gateway", "https://gw.example.com/a"],
      "--gateway https://gw.example.com/a: must be an",
    ],
    ["an API over http on another machine", ["--api", "http://10.0.0.7"], "--api http://10.0.0.7: must be https"],
    ["a path that is none", ["--path", "orders"], "--path orders: must be a path such as /orders/*"],
    ["a path of the gateway's own", ["--path", "/admin/*"], "routes[0].path: is the gateway's own"],
    ["to guess the issuer", ["--issuer", ""], "--issuer is required"],
  ])("%s", async (_, flags, message) => {
    const { code, out } = await hopgate(["init", folder, "--yes", ...FLAGS, ...flags]);
    expect([code, out]).toEqual([1, expect.stringContaining(message)]);
    expect(await stat(folder).catch(() => "nothing")).toBe("nothing");
  });
});
