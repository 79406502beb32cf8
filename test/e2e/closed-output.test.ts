/** Commands whose output is closed by its reader before they have printed anything. */
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { beforeAll, expect, test } from "vitest";
import { ADMIN_TOKEN, type World } from "./harness.ts";
import { listen } from "./listen.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

async function unread(args: readonly string[]): Promise<{ readonly code: number | null; readonly errors: string }> {
  const child = spawn(process.execPath, ["cli/hopgate.ts", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, HOPGATE_ADMIN_TOKEN: ADMIN_TOKEN },
  });
  child.stdout.destroy();
  let errors = "";
  child.stderr.on("data", (bytes: Buffer) => {
    errors += bytes;
  });
  const code = await new Promise<number | null>((done) => child.once("close", done));
  return { code, errors };
}

test("`client add` and `client rotate` report that a secret is lost when nobody has read it", async () => {
  const id = `unread-${crypto.randomUUID()}`;
  const lost = {
    code: 1,
    errors: `hopgate: the new secret of ${id} could not be printed: \`client rotate\` makes another\n`,
  };
  const at = ["--gateway", world.url];
  const registration = ["--actor", `urn:acme:${id}`, "--audience", "https://gateway.acme.example/orders"];
  const about = ["--scope", "orders:read", "--owner", "team-support", "--purpose", "support"];
  expect(await unread(["client", "add", id, ...registration, ...about, ...at])).toEqual(lost);
  expect(await unread(["client", "rotate", id, ...at])).toEqual(lost);
});

test("`audit find` stops asking when nobody reads its output", async () => {
  let asked = 0;
  const line = { id: "d", time: "t", task: "t", txn: "x", outcome: "allowed", rule: "", method: "GET", path: "/" };
  const decision = { ...line, subject: "alice", actors: [], arguments: [] };
  const endless = await listen(
    createServer((_, response) => {
      asked++;
      const covered = { from: "2026-11-26T00:00:00.000Z", to: "2026-11-27T00:00:00.000Z" };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ decisions: [decision], covered, next: 1 }));
    }),
  );
  const found = ["audit", "find", "--path", "/", "--limit", "100", "--gateway", endless.url];
  expect(await unread(found)).toEqual({ code: 0, errors: "" });
  expect(asked).toBeLessThan(100);
  await endless.stop();
});
