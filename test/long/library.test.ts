/** The library as it is published: its form, the examples in the docs, and every runtime that is promised. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import type { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../local/build.ts";
import { startBundled } from "../../local/bundled.ts";
import { execute } from "../../local/execute.ts";
import { freePort } from "../../local/free-port.ts";
import { checkLibrary } from "../../local/packing/library.ts";
import { findRuntime, type Runtime } from "../../local/runtimes.ts";
import { open } from "../../sdk/envelope.ts";
import { launchChromium, noChromium } from "../e2e/browser.ts";
import { admin, call, chainNow, eventually, seenBy, startWorld, type World } from "../e2e/harness.ts";
import { agentChain, libraryKey, sealed } from "../e2e/messages.ts";
import type { Done, Task } from "../library/portable.ts";
import { CAST, keyNamed } from "../vectors/craft.ts";
import { installLibrary, PROJECT } from "./library.ts";

let world: World;
let examples: string[];
const runtimes: Partial<Record<Runtime, string>> = {};
/** Before a release the library is run everywhere, or the check fails. */
const isRelease = process.env["HOPGATE_RELEASE"] !== undefined;
for (const name of ["deno", "bun"] as const) {
  const command = await findRuntime(name);
  if (command !== undefined) runtimes[name] = command;
  else if (isRelease) throw new Error(`${name} cannot be installed: the library was not run in it`);
  else console.warn(`no ${name} here: the library is not tested in it`);
}
if (isRelease && noChromium) throw new Error("there is no Chromium: the library was not run in it");

beforeAll(async () => {
  [world, examples] = await Promise.all([startWorld(), installLibrary()]);
  const save = (name: string, value: unknown): Promise<void> =>
    writeFile(`${PROJECT}/${name}`, typeof value === "string" ? value : JSON.stringify(value));
  const { d: _, ...publicService } = libraryKey(await keyNamed("service"));
  await save("root.jwt", await chainNow({}, 1));
  await save("app.key.json", libraryKey(await keyNamed("app")));
  await save("agent.key.json", libraryKey(await keyNamed("agent")));
  await save("agent.chain", await agentChain(`task-${crypto.randomUUID()}`));
  await save("service.key.json", libraryKey(await keyNamed("service")));
  await save("service.public.json", publicService);
}, 120_000);
afterAll(() => world.stop());

function run(command: string, args: readonly string[], input = "", env: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { cwd: PROJECT, env: { ...process.env, GATEWAY: world.url, ...env } },
      (error, stdout, stderr) => (error === null ? resolve(stdout) : reject(new Error(`${stdout}${stderr}`))),
    );
    child.stdin?.end(input);
  });
}

test("is packed with JavaScript, types, licence and readme, and nothing else", async () => {
  const entries = await readdir(`${PROJECT}/node_modules/hopgate`, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const others = names.filter((name) => !/\.(d\.ts|js)$/.test(name));
  expect(others.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
  expect(names).toEqual(expect.arrayContaining(["client.js", "client.d.ts", "envelope.js", "upstream.js"]));
});

test("is well formed for every bundler and resolver: publint, attw", async () => {
  await checkLibrary("dist/package");
});

test("its types and examples compile in a project that installs it", async () => {
  expect(examples).toEqual(["call.ts", "hono.ts", "express.ts", "worker.ts", "seal.ts", "open.ts", "queue.ts"]);
  await execute("tsc", ["-p", `${PROJECT}/tsconfig.json`]);
});

test("is bundled only as far as it is used: a bundle of `newKey` has no envelopes", async () => {
  await writeFile(
    `${PROJECT}/small.ts`,
    'import { newKey } from "hopgate/client";\nexport default { fetch: async () => Response.json(await newKey()) };\n',
  );
  await bundle("dist/library/small.ts", "dist/small", "bench/wrangler.toml");
  const text = await readFile("dist/small/small.js", "utf8");
  expect(text).not.toContain("hop-envelope+jwt");
  expect(text).not.toContain("hop+jwt");
});

describe("the examples of docs/library.md", () => {
  test("call.ts: the agent may read, and gets the rule that refuses its write", async () => {
    const out = await run(process.execPath, ["call.ts"]);
    expect(out).toMatch(/^200 /);
    expect(out).toContain("403 scope_insufficient with a decision's id");
  });

  test.each(["hono.ts", "express.ts"])("%s: prints subject and actors", async (name) => {
    const port = String(await freePort());
    const server = spawn(process.execPath, [name], {
      cwd: PROJECT,
      env: { ...process.env, GATEWAY: world.url, PORT: port },
    });
    try {
      const url = `http://127.0.0.1:${port}/orders/17`;
      const reached = async (): Promise<Response> =>
        fetch(url).catch(() => new Promise((resolve) => setTimeout(() => resolve(reached()), 50)));
      const stranger = await reached();
      expect([stranger.status, stranger.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
      const { headers } = await seenBy(await call(world));
      const answer = await fetch(url, { headers: { authorization: String(headers["authorization"]) } });
      expect(await answer.text()).toBe("order 17 for alice through 3 actors: customer-support/refund");
      const forged = await fetch(url, { headers: { authorization: `${headers["authorization"]}x` } });
      expect([forged.status, forged.headers.get("www-authenticate")]).toEqual([
        401,
        expect.stringContaining("invalid_token"),
      ]);
    } finally {
      server.kill();
      await once(server, "exit");
    }
  });

  test("worker.ts: the same in workerd", async () => {
    const worker = await startBundle("worker.ts", { GATEWAY: world.url });
    try {
      const { headers } = await seenBy(await call(world));
      const url = new URL("/orders/17", await worker.ready);
      const answer = await fetch(url, { headers: { authorization: String(headers["authorization"]) } });
      expect(await answer.text()).toBe("order 17 for alice through 3 actors: customer-support/refund");
      expect((await fetch(url)).status).toBe(401);
    } finally {
      await worker.dispose();
    }
  });

  test("seal.ts and open.ts: a message is sealed and later opened", async () => {
    await run(process.execPath, ["seal.ts"]);
    expect(await run(process.execPath, ["open.ts"])).toBe('refund for alice: {"order":17,"amount":"49.90 EUR"}\n');
    const message = JSON.parse(await readFile(`${PROJECT}/message.json`, "utf8")) as { payload: string };
    await writeFile(`${PROJECT}/message.json`, JSON.stringify({ ...message, payload: "{}" }));
    expect(await run(process.execPath, ["open.ts"])).toBe("not done: envelope_digest\n");
  });
});

test("queue.ts of docs/library.md: the handler gets only verified messages of a real queue", async () => {
  const said: string[] = [];
  const CONSUMER_KEY = JSON.stringify(libraryKey(await keyNamed("service")));
  const worker = await startBundle("queue.ts", { GATEWAY: world.url, CONSUMER_KEY }, (line) => said.push(line));
  try {
    const { JOBS } = await worker.getBindings<{ JOBS: { send(body: unknown): Promise<void> } }>();
    const payload = `of ${crypto.randomUUID()}`;
    const envelope = await sealed(payload, await agentChain(`task-${crypto.randomUUID()}`));
    await JOBS.send({ envelope, payload });
    await JOBS.send({ envelope, payload: "another" });
    await eventually(
      async () => said.join("\n"),
      (text) => text.includes(`refund for alice: ${payload}`) && text.includes("(envelope_digest)"),
    );
  } finally {
    await worker.dispose();
  }
});

describe("makes chains that the gateway accepts, and verifies tokens that it signed", () => {
  async function task(): Promise<Task> {
    const { headers } = await seenBy(await call(world));
    return {
      root: await chainNow({ 0: { claims: { txn: `task-${crypto.randomUUID()}` } } }, 1),
      appKey: libraryKey(await keyNamed("app")),
      serviceKey: libraryKey(await keyNamed("service")),
      url: `${world.url}/orders/17`,
      token: String(headers["authorization"]).slice("Bearer ".length),
      jwks: (await (await fetch(`${world.url}/.well-known/jwks.json`)).json()) as Task["jwks"],
    };
  }
  async function check({ agentKey, headers, fetched, envelope, subject, refused }: Done): Promise<void> {
    expect([subject, refused]).toEqual([{ iss: CAST.issuer, sub: "alice" }, "token_invalid"]);
    const keys = [(await keyNamed("agent")).jwk, agentKey];
    const registration = { name: CAST.agent, keys, owner: "tests", purpose: "tests" };
    expect((await admin(world, `registry/${encodeURIComponent(CAST.agent)}`, registration, "PUT")).status).toBe(200);
    for (const each of [headers, fetched])
      expect((await fetch(`${world.url}/orders/17`, { headers: each })).status).toBe(200);
    const { provenance } = await open("payload", envelope, "m-1", {
      route: `${world.url}/jobs/refunds`,
      key: libraryKey(await keyNamed("service")),
      issuer: CAST.gateway,
      audience: "https://refunds.acme.example",
    });
    expect(provenance.actors).toEqual([
      { iss: CAST.app, sub: CAST.app, proof: "registered" },
      { iss: "spiffe://acme.example", sub: CAST.agent, proof: "registered" },
      { iss: "spiffe://acme.example", sub: CAST.service, proof: "registered" },
    ]);
  }

  test("in Node", async () => {
    await check(JSON.parse(await run(process.execPath, ["stdin.ts"], JSON.stringify(await task()))));
  });
  test.skipIf(runtimes.deno === undefined)("in Deno", async () => {
    await check(
      JSON.parse(await run(runtimes.deno as string, ["run", "-A", "stdin.ts"], JSON.stringify(await task()))),
    );
  });
  test.skipIf(runtimes.bun === undefined)("in Bun", async () => {
    await check(JSON.parse(await run(runtimes.bun as string, ["run", "stdin.ts"], JSON.stringify(await task()))));
  });
  test("in workerd", async () => {
    const worker = await startBundle("perform.ts");
    try {
      const answer = await fetch(await worker.ready, { method: "POST", body: JSON.stringify(await task()) });
      await check((await answer.json()) as Done);
    } finally {
      await worker.dispose();
    }
  });
  test.skipIf(noChromium)("in Chromium", async () => {
    await bundle("dist/library/perform.ts", "dist/library-perform", "bench/wrangler.toml");
    const text = await readFile("dist/library-perform/perform.js", "utf8");
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      // An address of the loopback: browsers have `crypto.subtle` in secure contexts only.
      await page.goto(`${world.upstream.url}/orders/page`);
      // As text, since the test's own bundler would rewrite the import.
      const done = await page.evaluate(`(async () => {
        const url = URL.createObjectURL(new Blob([${JSON.stringify(text)}], { type: "text/javascript" }));
        return (await import(url)).perform(${JSON.stringify(await task())});
      })()`);
      await check(done as Done);
    } finally {
      await browser.close();
    }
  });
});

/** A file of the project as a Worker. @param hear what it prints */
function startBundle(
  name: string,
  bindings: Record<string, string> = {},
  hear: (line: string) => void = () => undefined,
): Promise<Miniflare> {
  return startBundled(`dist/library/${name}`, `dist/library-${name.replace(".ts", "")}`, {
    bindings,
    queueProducers: { JOBS: "jobs" },
    queueConsumers: { jobs: { maxBatchTimeout: 0 } },
    handleStructuredLogs: ({ message }) => hear(message),
  });
}
