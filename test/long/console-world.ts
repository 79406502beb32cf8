/** A gateway with a task in its ledger, whose console the tests look at. */
import { mkdir } from "node:fs/promises";
import {
  ADMIN_TOKEN,
  call,
  chainNow,
  eventually,
  ledgerOf,
  readiness,
  startWorld,
  taskOf,
  type World,
} from "../e2e/harness.ts";
import { keyNamed } from "../vectors/craft.ts";

export const SHOTS = "test/long/screenshots";
export const PARTNER = "https://agents.partner.example/reader";

export let world: World;
export const txnOfTask = `task-${crypto.randomUUID()}`;
export const task = taskOf(txnOfTask);
export const remote = () => ({ gateway: world.url, adminToken: ADMIN_TOKEN });

/** Starts the gateway with a task in its ledger. @returns what stops it */
export async function startConsoleWorld(): Promise<() => Promise<void>> {
  world = await startWorld();
  await mkdir(SHOTS, { recursive: true });
  const chain = await chainNow({ 0: { claims: { txn: txnOfTask } } });
  const key = await keyNamed("partner");
  const partner = await chainNow({
    0: { claims: { txn: txnOfTask } },
    2: { claims: { sub: PARTNER, scope: "orders:read", cnf: { jwk: key.jwk } } },
  });
  for (let i = 0; i < 3; i++) await call(world, { chain });
  await call(world, { chain, method: "POST", path: "/refunds" });
  await call(world, { chain: partner, key });
  await call(world, { chain: partner, key, method: "POST", path: "/refunds" });
  await call(world, { chain, path: "/exports/today", headers: { "hop-break-glass": '"the order system is down"' } });
  await ledgerOf(world, task, 7);
  // The inventory is counted with what goes to the long-term store.
  await eventually(
    async () => ((await (await readiness(world)).json()) as { ledger: { waiting: number } }).ledger.waiting,
    (waiting) => waiting === 0,
  );
  return () => world.stop();
}
