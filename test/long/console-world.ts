/** A gateway with a task in its ledger, whose console the tests look at. */
import { mkdir } from "node:fs/promises";
import { askConsole, startSession } from "../../cli/people.ts";
import {
  ADMIN_TOKEN,
  admin,
  call,
  chainNow,
  eventually,
  ledgerOf,
  readiness,
  startWorld,
  taskOf,
  type World,
} from "../e2e/harness.ts";
import { CAST, type HopChange, keyNamed } from "../vectors/craft.ts";

export const SHOTS = "test/long/screenshots";
export const PARTNER = "https://agents.partner.example/reader";

export let world: World;
export const txnOfTask = `task-${crypto.randomUUID()}`;
export const task = taskOf(txnOfTask);
/** A task with long names, and with every kind of entry. */
export const txnOfLong = `https://tickets.acme.example/cases/2026-11/parcel-damaged-${crypto.randomUUID()}`;
export const longTask = taskOf(txnOfLong);
/** An approval of that task, which was given with a comment. */
export let approved: string;
export const remote = () => ({ gateway: world.url, adminToken: ADMIN_TOKEN });

/** Starts the gateway with a task in its ledger. @returns what stops it */
export async function startConsoleWorld(): Promise<() => Promise<void>> {
  world = await startWorld({
    edit: (config) =>
      `${config.replace("[console]\n", "[console]\nreview_days = 30\n")}\n[signs]\n\n[console.passkeys]\nrp_id = "localhost"\n`,
  });
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
  await fillLongTask();
  // The inventory is counted with what goes to the long-term store.
  await eventually(
    async () => ((await (await readiness(world)).json()) as { ledger: { waiting: number } }).ledger.waiting,
    (waiting) => waiting === 0,
  );
  return () => world.stop();
}

async function fillLongTask(): Promise<void> {
  const details = { authorization_details: [{ type: "export", rows: 1200, purchase_order: "PO-77" }] };
  const sub = "maria-fernanda.gonzalez-rodriguez@customers.europe.acme.example";
  const chainOf = (claims: Record<string, unknown>): Promise<string> => {
    const root: HopChange = { claims: { sub, txn: txnOfLong, ...claims } };
    return chainNow({ 0: root, 1: { claims }, 2: { claims } });
  };
  const chain = await chainOf({});
  await call(world, { chain, path: `/orders/${"order-of-november-".repeat(6)}17` });
  await call(world, { chain, path: "/down/17" });
  const params = { name: "refund_order", arguments: { order: "2026-11-4711", amount: 1249.9 } };
  await call(world, {
    chain,
    method: "POST",
    path: "/mcp",
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
    headers: { "content-type": "application/json" },
  });
  const withDetails = await chainOf(details);
  const asked = await call(world, { chain: withDetails, path: "/exports/today" });
  approved = ((await asked.json()) as { approval: { id: string } }).approval.id;
  const dora = await startSession(remote(), { name: "dora", groups: ["data-protection"] });
  const decision = { decision: "approve", group: "data-protection", comment: "checked against PO-77" };
  await askConsole(remote(), dora, `approvals/${approved}`, decision);
  await call(world, { chain: withDetails, path: "/exports/today", headers: { "hop-approval": approved } });
  await admin(world, "revocations", { kind: "task", task: longTask, reason: "the parcel was found" });
  await admin(world, "revocations/reopened", { task: longTask, reason: "it was another parcel" });
  const agent = { kind: "actor", name: "spiffe://acme.example/agents/retired-in-november/customer-correspondence" };
  await admin(world, "revocations", { ...agent, reason: "retired" });
  await admin(world, "revocations", { kind: "subject", issuer: CAST.issuer, sub: "bob", reason: "left the company" });
}
