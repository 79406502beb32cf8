/** A gateway whose exports need an approval, and those who ask and decide. */
import { expect } from "vitest";
import { askConsole, startSession } from "../../../cli/people.ts";
import type { HolderKey } from "../../../sdk/client.ts";
import type { Approval } from "../../../worker/approval/approval.ts";
import { leafKey } from "../../vectors/craft.ts";
import { ADMIN_TOKEN, call, chainNow, startWorld, type World } from "../harness.ts";

/** Seconds: enough for a busy machine to ask, approve and use. */
export const TTL = 25;

export let world: World;
/** Approved before the tests begin, so that its time is over after them. */
export let early: Approval & { readonly chain: string };
/** @returns what stops it */
export async function startApprovals(): Promise<() => Promise<void>> {
  world = await startWorld({
    edit: (config) =>
      config
        .replace("trust_domain", `approval_ttl = ${TTL}\ntrust_domain`)
        .replace("break_glass = true", "break_glass = true\nsign = true"),
  });
  const chain = await chainOf(newTask());
  early = { ...(await ask(chain)), chain };
  await decide(early.id, "approve");
  return () => world.stop();
}

export const newTask = (): string => `task-${crypto.randomUUID()}`;
export const chainOf = (txn: string): Promise<string> => chainNow({ 0: { claims: { txn } } });
export const remote = () => ({ gateway: world.url, adminToken: ADMIN_TOKEN });

export async function exportOrders(chain: string, headers: Record<string, string> = {}, path = "/exports/today") {
  return call(world, { chain, path, headers });
}

/** The approval that a refused request opens. */
export async function ask(chain: string): Promise<Approval> {
  const answer = await exportOrders(chain);
  expect(answer.status).toBe(403);
  return ((await answer.json()) as { approval: Approval }).approval;
}

export async function decide(id: string, decision: "approve" | "reject", group = "data-protection", name = "dora") {
  const session = await startSession(remote(), { name, groups: [group] });
  return askConsole(remote(), session, `approvals/${id}`, { decision, group, comment: "looked at it" });
}

export async function holderKey(): Promise<HolderKey> {
  const { jwk, seed } = await leafKey();
  return { ...jwk, d: Buffer.from(seed).toString("base64url") } as HolderKey;
}
