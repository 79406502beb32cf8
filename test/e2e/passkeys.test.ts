/**
 * Approval by passkey: what a session alone cannot do, and what a passkey can, in a real browser with a virtual
 * authenticator. Copied, borrowed and repeated answers: test/long/passkeys.test.ts.
 */
import { decodeJwt } from "jose";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askConsole, startSession } from "../../cli/people.ts";
import { launchChromium, noChromium } from "./browser.ts";
import { recordsOf, refusalOf, seenBy } from "./harness.ts";
import { ownActs } from "./own-acts.ts";
import { ask, GROUP, remote, site, startPasskeys, use, world } from "./passkeys/given.ts";
import { addPasskey, approve, NO_ANSWER, type Person, personOf, signedFor } from "./passkeys/person.ts";

let stop: () => Promise<void>;
beforeAll(async () => {
  stop = await startPasskeys();
});
afterAll(() => stop());

test("a session alone is not enough, and a refusal needs no passkey", async () => {
  const [one, other] = [await ask(), await ask()];
  const session = await startSession(remote(), { name: "dora", groups: [GROUP] });
  const said = (id: string, decision: string): Promise<unknown> =>
    askConsole(remote(), session, `approvals/${id}`, { decision, group: GROUP, comment: "" });
  await expect(said(one.id, "approve")).rejects.toThrow("approves by passkey");
  expect(await refusalOf(await use(one))).toMatchObject({ rule: "approval_pending" });
  expect(await said(other.id, "reject")).toMatchObject({ status: "rejected" });
});

test("a person without a passkey is not asked to sign", async () => {
  const { id } = await ask();
  const session = await startSession(remote(), { name: "nobody", groups: [GROUP] });
  const asking = askConsole(remote(), session, `approvals/${id}/challenge`, { group: GROUP, comment: "" });
  await expect(asking).rejects.toThrow("add a passkey first");
});

describe.skipIf(noChromium)("in Chromium", () => {
  let browser: Browser;
  let dora: Person;
  beforeAll(async () => {
    browser = await launchChromium();
    dora = await personOf(browser, "dora");
    await addPasskey(dora);
  });
  afterAll(() => browser?.close());

  test("an approver adds a passkey once, approves with it, and the upstream's token says so", async () => {
    const asked = await ask();
    await dora.page.goto(`${site}/console/approvals/${asked.id}`);
    await dora.page.getByLabel("Comment").fill("looked at it");
    await dora.page.getByRole("button", { name: "Approve once" }).click();
    await dora.page.getByText("approved by passkey: looked at it").waitFor();

    const { headers } = await seenBy(await use(asked));
    expect(headers["hop-approved-by"]).toMatch(
      /^\("dora";iss="[^"]+";group="data-protection";time=@\d+;by="?passkey"?\)$/,
    );
    expect(decodeJwt(String(headers["authorization"]).slice(7))).toMatchObject({
      approved_by: [{ sub: "dora", group: GROUP, by: "passkey" }],
    });
    const approved = (await recordsOf(world, asked.txn, 3)).find(
      (record) => "act" in record && record.act === "approved",
    );
    const { credentials } = await dora.authenticator.send("WebAuthn.getCredentials", {
      authenticatorId: dora.authenticatorId,
    });
    const ids = credentials.map(({ credentialId }) => Buffer.from(credentialId, "base64").toString("base64url"));
    expect(ids).toContain((approved as { about: Record<string, unknown> }).about["passkey"]);
    expect((await ownActs(world)).map(({ act }) => act)).toContain("passkey_added");
  });

  test("an answer for one approval is refused for another approval, another comment or another nonce", async () => {
    const [one, other] = [await ask(), await ask()];
    expect(await approve(dora, other.id, await signedFor(dora, one.id))).toMatchObject(NO_ANSWER);
    const words = { group: GROUP, comment: "something else" };
    expect(await approve(dora, one.id, await signedFor(dora, one.id), words)).toMatchObject(NO_ANSWER);
    const [first, second] = [await signedFor(dora, one.id), await signedFor(dora, one.id)];
    expect(await approve(dora, one.id, { ...first, nonce: second.nonce })).toMatchObject(NO_ANSWER);
    expect(await refusalOf(await use(one))).toMatchObject({ rule: "approval_pending" });
    // The first answer is still open: nothing of it was used up.
    expect((await approve(dora, one.id, first)).status).toBe(200);
  });
});
