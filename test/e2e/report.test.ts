/** `hopgate report`: scopes that are held and used, and a narrower policy that shadow mode evaluates first. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CATALOGUES } from "../../cli/controls/catalogues.ts";
import { EVIDENCE, type Evidence } from "../../worker/admin/evidence.ts";
import type { InventoryItem } from "../../worker/ledger/inventory.ts";
import { CAST } from "../vectors/craft.ts";
import { printed } from "./command-line.ts";
import { admin, call, castWorkloads, chainNow, eventually, startWorld, type World } from "./harness.ts";

let world: World;
let folder: string;
beforeAll(async () => {
  world = await startWorld();
  folder = await mkdtemp(join(tmpdir(), "hopgate-report-"));
  await writeFile(join(folder, "publisher.json"), JSON.stringify(world.publisher));
  await admin(
    world,
    "clients/refunds",
    {
      client_id: "refunds",
      actor: CAST.service,
      auth_method: "private_key_jwt",
      keys: [{ kty: "OKP", crv: "Ed25519", x: world.publisher.x }],
      grants: ["urn:ietf:params:oauth:grant-type:token-exchange"],
      audiences: ["https://orders.acme.example"],
      scopes: ["orders:read", "refunds:write", "ledger:read"],
      owner: "payments team",
      purpose: "makes refunds",
    },
    "PUT",
  );
  const chain = await chainNow({ 0: { claims: { txn: crypto.randomUUID() } } });
  for (let i = 0; i < 3; i++) expect((await call(world, { chain })).status).toBe(200);
});
afterAll(async () => {
  await world.stop();
  await rm(folder, { recursive: true });
});

const hopgate = (...args: string[]): Promise<string> => printed([...args, "--gateway", world.url]);

test("prints owner, purpose, and the scopes that are held and used", async () => {
  const items = await eventually(
    async () => JSON.parse(await hopgate("report", "--json")) as InventoryItem[],
    (found) => found.some(({ requests }) => requests === 3),
  );
  expect(items.find(({ actor }) => actor === CAST.service)).toMatchObject({
    // The registration of the workload decides over the client's.
    owner: "tests",
    purpose: "tests",
    client: "refunds",
    requests: 3,
    used: ["orders:read"],
    unused: ["ledger:read", "refunds:write"],
    uses: [{ action: "orders:read", route: "orders" }],
    chains: [[CAST.app, CAST.agent, CAST.service]],
  });
  expect(items.find(({ actor }) => actor === CAST.agent)).toMatchObject({
    owner: "tests",
    unused: ["payouts:write", "refunds:write"],
  });
});

test("proposes what was used, as a change of the client and as a policy for shadow mode", async () => {
  const policies = join(folder, "policies");
  await cp("policies", policies, { recursive: true });
  const file = join(policies, "narrower.cedar");
  const printed = await hopgate("report", "--cedar", file);
  expect(printed).toContain('client narrow refunds --scope "orders:read"');
  const text = await readFile(file, "utf8");
  expect(text).toContain(`principal == Workload::"${CAST.service}"`);

  await hopgate("policy", "publish", policies, "--shadow", "--key", join(folder, "publisher.json"));
  const chain = await chainNow({ 0: { claims: { txn: crypto.randomUUID() } } });
  // The candidate would still let it read, and would refuse the refund; nothing is refused yet.
  expect((await call(world, { chain })).status).toBe(200);
  expect((await call(world, { chain, method: "POST", path: "/refunds" })).status).toBe(200);
  const told = await eventually(
    () => hopgate("policy", "diff", "--live"),
    (out) => /1 of 2 requests/.test(out),
  );
  expect(told).toContain("deny by only-as-used-acme-example-services-refunds");
});

test("narrows a client, and never widens it", async () => {
  expect(await hopgate("client", "narrow", "refunds", "--scope", "orders:read")).toContain("may request: orders:read");
  await expect(hopgate("client", "narrow", "refunds", "--scope", "orders:read refunds:write")).rejects.toThrow(
    "never widens",
  );
});

test("prints the evidence of controls, from configuration, registry, releases and ledger as they are", async () => {
  const shown = await hopgate("report", "--controls");
  expect(shown).toContain("NHI1  Improper offboarding");
  expect(shown).toMatch(/registry: \d+ workloads, 0 disabled, 0 expired/);
  expect(shown).toContain("routes that take tokens without proof of possession: orders");
  expect(shown).toMatch(/policies: set [\w-]{43}, published \d{4}-.* by key /);
  expect(shown).toMatch(/AU-12 {2}Audit record generation\n +decisions: \d+ requests of \d+ actors on record/);
  const read = async () => JSON.parse(await hopgate("report", "--controls", "--json")) as { evidence: Evidence };
  expect(Object.keys((await read()).evidence).sort()).toEqual([...EVIDENCE].sort());

  const [known] = (await castWorkloads()).filter(({ name }) => name === CAST.app);
  const put = (more: object) => admin(world, `registry/${encodeURIComponent(CAST.app)}`, { ...known, ...more }, "PUT");
  await put({ disabled: true, environment: "staging" });
  const { evidence } = await read();
  expect(evidence.registry).toContain(" 1 disabled");
  expect(evidence.environments).toContain("staging: 1");
  await put({});
});

test("every fact is the evidence of a control, and no control names another", () => {
  const named = CATALOGUES.flatMap(({ controls }) => controls.flatMap(({ evidence }) => evidence));
  expect([...new Set(named)].sort()).toEqual([...EVIDENCE].sort());
  const ids = CATALOGUES.flatMap(({ controls }) => controls.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
});
