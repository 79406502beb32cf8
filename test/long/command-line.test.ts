/** The command line as it is published: installed from its archive, in an empty folder, in the oldest and newest Node. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildCommandLine } from "../../local/packing/command-line.ts";
import { checkForm, pack } from "../../local/packing/packed.ts";
import { findOldNode } from "../../local/runtimes.ts";
import { ADMIN_TOKEN, call, chainNow, ledgerOf, startWorld, taskOf, testConfig, type World } from "../e2e/harness.ts";

const oldNode = await findOldNode();
if (oldNode === undefined) {
  if (process.env["HOPGATE_RELEASE"] !== undefined) throw new Error("no Node 20: the command line was not run in it");
  console.warn("no Node 20 here: the command line is not tested in it");
}

let world: World;
let parent: string;
let program: string;
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "hopgate-cli-"));
  const [started, archive] = await Promise.all([startWorld(), buildCommandLine().then(pack)]);
  world = started;
  const install = ["install", "--global", "--no-audit", "--no-fund", "--prefix", parent, archive];
  await promisify(execFile)("npm", install, { cwd: parent });
  program = join(parent, "lib/node_modules/hopgate-cli/cli/hopgate.js");
}, 300_000);
afterAll(async () => {
  await world?.stop();
  await rm(parent, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

test("is packed with its program, what the program reads, licence and readme, and nothing else", async () => {
  await checkForm("dist/cli");
  const folder = join(parent, "lib/node_modules/hopgate-cli");
  expect((await readdir(folder)).sort()).toEqual(
    ["LICENSE", "README.md", "cli", "dist", "node_modules", "package.json", "policies"].sort(),
  );
  expect(await readdir(join(folder, "dist"))).toEqual(["core.wasm"]);
  expect((await readdir(join(folder, "cli"))).filter((name) => !name.endsWith(".js"))).toEqual([]);
});

test("only commands about policies load Cedar", async () => {
  const folder = join(parent, "lib/node_modules/hopgate-cli/cli");
  const loading = await Promise.all(
    (await readdir(folder)).map(async (name) =>
      (await readFile(join(folder, name), "utf8")).includes("cedar-wasm") ? name : "",
    ),
  );
  expect(loading.filter((name) => name !== "" && !/^(policy|cedar|chunk)-/.test(name))).toEqual([]);
});

describe.each([
  ["this Node", process.execPath],
  ["Node 20", oldNode],
])("in %s", (_, node) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(parent, "empty-"));
  });

  /** Runs it in the empty folder, with an environment that has nothing of the repository's. */
  function hopgate(...args: string[]): Promise<Ran> {
    const env = {
      PATH: "/usr/bin:/bin",
      HOPGATE_GATEWAY: world.url,
      HOPGATE_ADMIN_TOKEN: ADMIN_TOKEN,
      HOPGATE_PUBLISHER_KEY: join(folder, "publisher.json"),
    };
    return new Promise((resolve) => {
      execFile(node as string, [program, ...args], { cwd: folder, env }, (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), out, err }),
      );
    });
  }

  test.skipIf(node === undefined)("prints help and version, and refuses wrong usage with code 2", async () => {
    expect((await hopgate("--help")).out).toContain("Usage: hopgate [options] [command]");
    const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
    expect(await hopgate("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
    expect((await hopgate("audit", "--nonsense")).code).toBe(2);
    expect((await hopgate("policy", "check", "nowhere")).code).toBe(1);
  });

  test.skipIf(node === undefined)(
    "writes a folder whose configuration and policies hold, and publishes them",
    async () => {
      const flags = ["--yes", "--api", "https://api.example.com", "--issuer", "https://login.example.com"];
      const made = await hopgate("init", "gateway", ...flags);
      expect(made, made.err).toMatchObject({ code: 0, err: "" });
      expect(made.out).toContain("next, in Hopgate's repository:");
      for (const args of [
        ["config", "check", "gateway/hopgate.toml"],
        ["policy", "check", "gateway/policies"],
        ["policy", "test", "gateway/policies"],
      ])
        expect(await hopgate(...args), args.join(" ")).toMatchObject({ code: 0, err: "" });
      const shell = `. gateway/env && hopgate --version`;
      expect((await promisify(execFile)("sh", ["-c", shell], { cwd: folder })).stderr).toBe("");
      await writeFile(join(folder, "publisher.json"), JSON.stringify(world.publisher));
      const published = await hopgate("policy", "publish", "gateway/policies", "--shadow");
      expect(published, published.err).toMatchObject({ code: 0, err: "" });
    },
  );

  test.skipIf(node === undefined)(
    "inspects a chain, finds its request in the ledger, and revokes its task",
    async () => {
      const txn = `task-${crypto.randomUUID()}`;
      const chain = await chainNow({ 0: { claims: { txn } } });
      expect((await call(world, { chain })).status).toBe(200);
      await ledgerOf(world, txn, 1);
      expect(await hopgate("inspect", chain)).toEqual({
        code: 1,
        out: "",
        err: "hopgate: give the gateway's configuration: --config FILE, or HOPGATE_CONFIG\n",
      });
      await writeFile(join(folder, "hopgate.toml"), await testConfig(world.upstream.url));
      const inspected = await hopgate("inspect", chain, "--config", "hopgate.toml");
      expect(inspected).toMatchObject({ code: 0, err: "" });
      expect(inspected.out).toContain("spiffe://acme.example/services/refunds");
      const shown = await hopgate("audit", "show", taskOf(txn));
      expect(shown).toMatchObject({ code: 0, err: "" });
      expect(shown.out).toContain(txn);
      expect((await hopgate("audit", "find", "--path", "/orders/17")).out).toContain(txn);
      expect(await hopgate("revoke", "task", taskOf(txn), "--reason", "tried")).toMatchObject({ code: 0, err: "" });
      expect((await call(world, { chain })).status).toBe(401);
    },
  );

  test.skipIf(node === undefined)("says to install it again if its core is missing", async () => {
    const core = join(parent, "lib/node_modules/hopgate-cli/dist/core.wasm");
    await writeFile(join(folder, "hopgate.toml"), await testConfig(world.upstream.url));
    await rename(core, `${core}.away`);
    const ran = await hopgate("inspect", await chainNow(), "--config", "hopgate.toml");
    await rename(`${core}.away`, core);
    expect(ran).toMatchObject({
      code: 1,
      err: "hopgate: dist/core.wasm is missing from the package: install hopgate-cli again\n",
    });
  });
});
