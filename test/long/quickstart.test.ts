/** docs/quickstart.md, run as it is in a copy of the repository, against a real OpenID provider and an Express API. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../local/free-port.ts";
import { Shell, signInBy } from "./shell.ts";

/** What a reader types in one go, and what they see; `terminal` if it stays up. */
interface Step {
  readonly title: string;
  readonly terminal: string | undefined;
  readonly commands: string;
  readonly printed: string;
}

let clone: string;
let page: string;
let ports: Record<string, number>;
let shell: Shell;
const terminals: ChildProcess[] = [];

beforeAll(async () => {
  clone = await cloneOfRepository();
  ports = { "8787": await freePort(), "9001": await freePort(), "9002": await freePort() };
  page = await readFile("docs/quickstart.md", "utf8");
  for (const [asPrinted, port] of Object.entries(ports)) page = page.replaceAll(`:${asPrinted}`, `:${port}`);
  shell = new Shell(clone);
}, 60_000);
afterAll(async () => {
  shell.end();
  for (const { pid } of terminals) process.kill(-(pid as number));
  await rm(clone, { recursive: true, force: true });
});

test("the page has at most ten steps", () => {
  expect(page.match(/^## \d+\. /gm)?.length).toBeLessThanOrEqual(10);
});

test("every command of the page prints what the page says", async () => {
  const steps = stepsOf(page);
  expect(steps.length).toBeGreaterThan(10);
  for (const { title, terminal, commands, printed } of steps) {
    const run = terminal === undefined ? shell.run(commands, signInBy) : inTerminal(terminal, commands, printed);
    expect(await run, `${title}\n${commands}`).toMatch(patternOf(printed));
  }
}, 180_000);

test("inspect --claims shows the type of a token, which a refusal by its type is about", async () => {
  const shown = await shell.run("hopgate inspect @my-gateway/state/assistant.chain --claims", signInBy);
  expect(shown).toMatch(/hop 0\n(?:.*\n)*? +typ +"at\+jwt"/);
});

test("the standard client of docs/oauth.md gets a token of the gateway", async () => {
  const sample = /```ts\n(\/\/ client\.ts\n[\s\S]*?)```/.exec(await readFile("docs/oauth.md", "utf8"))?.[1] as string;
  await writeFile(join(clone, "client.ts"), sample);
  const gateway = `http://127.0.0.1:${ports["8787"]}`;
  const added = await shell.run(
    `hopgate client add my-agent --actor urn:acme:my-agent --audience ${gateway} --scope orders:read --owner me --purpose trial`,
    signInBy,
  );
  const secret = /client_secret +(\S+)/.exec(added)?.[1];
  const run = `GATEWAY=${gateway} CLIENT_SECRET=${secret} node_modules/.bin/node client.ts`;
  expect(await shell.run(run, signInBy)).toBe("dpop orders:read\n");
}, 60_000);

function stepsOf(text: string): Step[] {
  const blocks =
    /^## (?<title>.*)$|```sh(?: terminal=(?<terminal>\w+))?\n(?<commands>[\s\S]*?)```(?:\s+```text\n(?<printed>[\s\S]*?)```)?/gm;
  let title = "";
  return [...text.matchAll(blocks)].flatMap(({ groups = {} }) => {
    title = groups["title"] ?? title;
    const { terminal, commands, printed = "" } = groups;
    return commands === undefined ? [] : [{ title, terminal, commands, printed }];
  });
}

/** `...` stands for any text of a line, and alone on a line for any lines; columns may be wider than on the page. */
function patternOf(printed: string): RegExp {
  const lines = printed.trimEnd().split("\n");
  const escaped = (text: string): string =>
    text
      .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
      .trimEnd()
      .replace(/ {2,}/g, " {2,}");
  const source = lines
    .map((line) => (line === "..." ? "(?:.*\\n)*?" : `${line.split("...").map(escaped).join(".*")} *\\n`))
    .join("");
  return new RegExp(`^${source}$`);
}

/** Starts what stays up, and waits until it has printed what the page says. */
function inTerminal(name: string, commands: string, printed: string): Promise<string> {
  const port = { api: ports["9001"], provider: ports["9002"] }[name];
  const env = { ...process.env, GATEWAY: `http://127.0.0.1:${ports["8787"]}`, ...(port && { PORT: String(port) }) };
  const child = spawn("bash", ["-c", commands], { cwd: clone, env, detached: true });
  terminals.push(child);
  return new Promise((done) => {
    let output = "";
    const read = (bytes: Buffer): void => {
      output += bytes;
      if (patternOf(printed).test(output)) done(output);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("exit", () => done(output));
  });
}

/** Tracked files, and those that will be; what is built there is nobody else's. */
async function cloneOfRepository(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hopgate-quickstart-"));
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    encoding: "utf8",
  });
  for (const file of listed.split("\0").filter((name) => name !== "" && !/^(test|bench)\//.test(name))) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await cp(file, join(folder, file));
  }
  await symlink(resolve("node_modules"), join(folder, "node_modules"));
  return folder;
}
