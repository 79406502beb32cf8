/**
 * A script that fails prints one plain line, and every script has `--help`. `npm test` tries a tenth of the scripts,
 * and of what can be wrong with one.
 */
import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cases } from "../cases.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hopgate-plain-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };

/** Runs a script as `npm run` does, without npm itself, which takes longer to start than most of them. */
function script(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const PATH = `${resolve("node_modules/.bin")}:${process.env["PATH"]}`;
  return new Promise((done) => {
    execFile(
      "sh",
      ["-c", `${scripts[name]} "$@"`, name, ...args],
      { env: { ...process.env, PATH, ...env } },
      (error, stdout, stderr) => done({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

/** All of them, or the first tenth. */
const some = <T>(all: readonly T[]): readonly T[] => all.slice(0, cases(all.length));

describe("every npm script takes --help:", () => {
  test.each(some(Object.keys(scripts)))("%s", async (name) => {
    const { code, stdout } = await script(name, ["--help"]);
    expect(code).toBe(0);
    expect(stdout.toLowerCase()).toContain("usage:");
  });
});

describe("one plain line is printed", () => {
  const expectLine = ({ code, stderr }: Ran, line: string | RegExp): void => {
    expect(code).toBeGreaterThan(0);
    expect(stderr.trim().split("\n"), stderr).toHaveLength(1);
    expect(stderr).toMatch(line);
  };

  test("for a configuration file that does not exist", async () => {
    for (const name of some(["build", "selfhost", "deploy"]))
      expectLine(await script(name, ["--config", "nowhere.toml"]), `${name}: there is no file \`nowhere.toml\``);
  });

  test("for a configuration with a misspelt field, and with a missing one", async () => {
    const file = join(folder, "misspelt.toml");
    const text = readFileSync("config/local.toml", "utf8").replace("upstream =", "upstrem =");
    await writeFile(file, text);
    const told = "selfhost: configuration: routes[0]: unknown field `upstrem`";
    expectLine(await script("selfhost", ["--config", file]), told);
    await writeFile(file, text.replace("upstrem =", "upstream =").replace(/^audience = .*\n/m, ""));
    expectLine(
      await script("selfhost", ["--config", file]),
      "selfhost: configuration: routes[0].audience: is required",
    );
  });

  test("for an option that does not exist", async () => {
    expectLine(await script("selfhost", ["--confg", "x"]), "selfhost: Unknown option '--confg'");
    for (const name of some(["start", "test", "test:long", "release:check", "bench"]))
      expectLine(await script(name, ["--confg"]), `${name}: Unknown option '--confg'`);
  });

  test("for a port that is none", async () => {
    for (const port of some(["many", "0", "65536"]))
      expectLine(await script("start", [], { PORT: port }), "start: PORT must be a port from 1 to 65535");
  });

  test("for an example, and a case of the bench, that does not exist", async () => {
    expectLine(await script("example", ["nothing"]), "example: there is no example `nothing` (--help lists them)");
    expectLine(await script("bench", ["--only", "nothing"]), "bench: there is no case `nothing`: see --help");
  });

  test("for a state, keys and a copy that are not a folder, and cannot be made one", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    const state = join(folder, "state");
    await mkdir(join(state, "objects"), { recursive: true });
    new DatabaseSync(join(state, "objects/a.sqlite")).exec("CREATE TABLE a (b)");
    const start = ["--address", "127.0.0.1:0"];
    for (const there of some([file, join(file, "below"), "/proc/hopgate", ""])) {
      const reason = `\`${there}\` is not a folder, and cannot be made one`;
      expectLine(await script("selfhost", [...start, "--state", there]), `selfhost: the state ${reason}`);
      expectLine(
        await script("selfhost", [...start, "--state", state, "--keys", there]),
        `selfhost: the keys: ${reason}`,
      );
    }
    for (const there of some([join(file, "below"), "/proc/hopgate"]))
      expectLine(
        await script("backup", ["--state", state, "--to", there]),
        /^backup: `.*partial\/objects` is not a folder, and cannot be made one/,
      );
    expectLine(await script("backup", ["--state", state, "--to", ""]), "backup: --to says where the copy goes");
  });

  test("for a secret that cannot be used, before anything is built, and does not quote it", async () => {
    const state = ["--address", "127.0.0.1:0", "--state", join(folder, "state")];
    const own = await script("selfhost", state, { GATEWAY_KEYS: "garbage-that-is-secret" });
    expectLine(own, "selfhost: secret GATEWAY_KEYS: must be JSON");
    const keys = join(folder, "keys");
    await mkdir(keys);
    await writeFile(join(keys, "publisher.json"), "garbage-that-is-secret");
    const stored = await script("selfhost", [...state, "--keys", keys]);
    expectLine(stored, /^selfhost: `.*publisher.json` is not JSON$/m);
    for (const { stdout, stderr } of [own, stored]) expect(stdout + stderr).not.toContain("garbage-that");
  });

  test("for a port in use, before anything is built", async () => {
    const server = createServer();
    const port = await new Promise<number>((done) => {
      server.listen(0, "127.0.0.1", () => done((server.address() as { port: number }).port));
    });
    const address = `127.0.0.1:${port}`;
    expectLine(
      await script("selfhost", ["--address", address]),
      `selfhost: ${address} is in use: choose another --address`,
    );
    const others: readonly [string, string[]][] = [
      ["start", []],
      ["example", ["orders-api"]],
      ["example", ["openid-provider"]],
    ];
    for (const [name, args] of some(others))
      expectLine(
        await script(name, args, { PORT: String(port) }),
        `${[name, ...args].join(" ")}: ${address} is in use: set PORT`,
      );
    server.close();
  });
});

describe("a program whose output is closed by its reader says nothing of it, and does what it was asked", () => {
  const PROGRAMS: readonly [string, string[], number][] = [
    ["npm run types -- --help", ["local/steps.ts", "types", "--help"], 0],
    ["hopgate --help", ["cli/hopgate.ts", "--help"], 0],
    ["hopgate policy check", ["cli/hopgate.ts", "policy", "check"], 0],
    ["hopgate policy check, of policies that are not there", ["cli/hopgate.ts", "policy", "check", "nowhere"], 1],
    ["npm run build -- --help", ["local/build.ts", "--help"], 0],
    ["npm run bench -- --help", ["bench/run.ts", "--help"], 0],
  ];
  test.each(some(PROGRAMS))("%s", async (_, args, code) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (bytes: Buffer) => {
      stderr += bytes;
    });
    expect(await new Promise((done) => child.once("close", done))).toBe(code);
    expect(stderr).not.toMatch(/EPIPE|\n {4}at /);
  });
});
