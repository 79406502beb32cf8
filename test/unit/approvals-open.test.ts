/** How much can be asked of people at a time, by task, root and caller: the Durable Object as it runs in workerd. */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { ApprovalRequest, ApprovalStore } from "../../worker/approval/approval.ts";
import type { Console } from "../../worker/console/edges.ts";
import type { Env } from "../../worker/env.ts";

const { APPROVALS } = env as unknown as Env;
const inAnHour = Math.floor(Date.now() / 1000) + 3600;
/** A store of the test's own. */
function newStore(): Pick<ApprovalStore, "open"> & Pick<Console["approvals"], "vote"> {
  const store = APPROVALS.getByName(unique());
  return { open: async (request) => store.open(request), vote: async (id, vote) => store.vote(id, vote) };
}

const unique = (): string => crypto.randomUUID();

function asking(who: Partial<Pick<ApprovalRequest, "task" | "root" | "caller" | "expires">>): ApprovalRequest {
  const asked = { chain: { subject: { sub: "alice", iss: "idp" } } } as unknown as ApprovalRequest["asked"];
  const stands = { authority: { keys: [], issued: 0 }, people: [], issuers: [] };
  const request = { task: unique(), root: unique(), caller: unique(), expires: inAnHour };
  return { binding: unique(), groups: ["finance"], passkeys: [], final: false, asked, ...stands, ...request, ...who };
}

describe("waiting approvals", () => {
  test.each([
    ["task", 20],
    ["root", 20],
    ["caller", 100],
  ] as const)("are limited by %s to %i, without affecting others", async (whose, most) => {
    const store = newStore();
    const who = { [whose]: unique() };
    for (let n = 0; n < most; n++) expect(await store.open(asking(who))).toMatchObject({ status: "pending" });
    expect(await store.open(asking(who))).toBeUndefined();
    expect(await store.open(asking({}))).toMatchObject({ status: "pending" });
  });

  test("no longer count once they are decided or have expired", async () => {
    const store = newStore();
    const who = { root: unique() };
    const opened: string[] = [];
    for (let n = 0; n < 19; n++) opened.push((await store.open(asking(who)))?.id as string);
    await store.open(asking({ ...who, expires: 1 }));
    expect(await store.open(asking(who))).toMatchObject({ status: "pending" });
    expect(await store.open(asking(who))).toBeUndefined();
    const by = { sub: "fred", iss: "login" };
    const vote = { group: "finance", by, persons: [], granted: false, comment: "", time: "2026-11-26T12:00:00Z" };
    expect(await store.vote(opened[0] as string, vote)).toMatchObject({ status: "rejected" });
    expect(await store.open(asking(who))).toMatchObject({ status: "pending" });
  });
});
