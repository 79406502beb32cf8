/** A publisher's key has leaked: it is removed from POLICY_KEYS, and what it released does not come back unnoticed. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readPolicyFiles } from "../../policies/tool/files.ts";
import { publishPolicies } from "../../policies/tool/publish.ts";
import { newKey, type PrivateKey } from "../../sdk/keys.ts";
import { hopgate, type Ran } from "./command-line.ts";
import { ADMIN_TOKEN } from "./harness.ts";
import { type SelfhostWorld, startSelfhostWorld } from "./selfhost-world.ts";

const NAME = "selfhost-publisher-leak";
/** That releases are refused is expected here. */
const logged = (): void => undefined;

let host: SelfhostWorld;
let folder: string;
let stolen: string;
const ours = await newKey();

async function publish(publisher: PrivateKey, more = ""): Promise<string> {
  const files = await readPolicyFiles("policies");
  const remote = { gateway: host.world.url, adminToken: ADMIN_TOKEN };
  const { hash } = await publishPolicies({ ...files, cedarText: files.cedarText + more }, remote, publisher);
  return hash;
}

const policy = (...args: string[]): Promise<Ran> =>
  hopgate(["policy", ...args, "--gateway", host.world.url], {
    HOPGATE_PUBLISHER_KEY: join(folder, "publisher.json"),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hopgate-publisher-leak-"));
  await writeFile(join(folder, "publisher.json"), JSON.stringify(ours));
  const state = join(folder, "state");
  host = await startSelfhostWorld(NAME, { state, logged });
  stolen = await publish(host.world.publisher, '\n@id("everything")\npermit (principal, action, resource);\n');
  await host.end();
  host = await startSelfhostWorld(NAME, { state, publisher: ours, logged });
});
afterAll(async () => {
  await host.end();
  await rm(folder, { recursive: true, force: true });
});

test("nothing is in force until another key has published, and the list says what the removed key has released", async () => {
  const { out } = await policy("list");
  expect(out.match(/ \(removed\)/g), out).toHaveLength(2);
  expect(out).not.toContain("*");
});

test("a rollback does not release again what the removed key has released", async () => {
  const refused = [1, expect.stringContaining("every earlier release is by a key that is no longer in POLICY_KEYS")];
  const before = await policy("rollback");
  expect([before.code, before.out]).toEqual(refused);
  await publish(ours);
  const after = await policy("rollback");
  expect([after.code, after.out]).toEqual(refused);
});

test("a set of the removed key is released again if it is named", async () => {
  const { code, out } = await policy("rollback", stolen);
  expect([code, out]).toEqual([0, expect.stringContaining(`${stolen} is current again`)]);
});
