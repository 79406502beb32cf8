/**
 * Invalid answers of passkeys: repeated, borrowed, copied, or from another origin; in a real browser with a virtual
 * authenticator.
 */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, noChromium } from "../e2e/browser.ts";
import { ask, site, startPasskeys, use, WITHIN } from "../e2e/passkeys/given.ts";
import { addPasskey, approve, challenge, NO_ANSWER, type Person, personOf, signedFor } from "../e2e/passkeys/person.ts";

describe.skipIf(noChromium)("in Chromium", () => {
  let stop: () => Promise<void>;
  let browser: Browser;
  let dora: Person;
  /** Signs in before all others, so that the session is old when the other tests are over. */
  let late: Person;
  beforeAll(async () => {
    stop = await startPasskeys();
    browser = await launchChromium();
    late = await personOf(browser, "late");
    expect((await challenge(late)).status).toBe(200);
    dora = await personOf(browser, "dora");
    await addPasskey(dora);
  });
  afterAll(async () => {
    await browser?.close();
    await stop?.();
  });

  test("an answer is accepted once: repeated, and sent 16 times at once, it approves only one thing", async () => {
    const asked = await ask();
    const passkey = await signedFor(dora, asked.id);
    const answers = await Promise.all(Array.from({ length: 16 }, () => approve(dora, asked.id, passkey)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await approve(dora, asked.id, passkey)).status).toBe(409);
    expect((await use(asked)).status).toBe(200);
  });

  test("another person's passkey is refused, and so is one's own answer for another person", async () => {
    const mallory = await personOf(browser, "mallory");
    await addPasskey(mallory);
    const asked = await ask();
    const ofDora = await signedFor(dora, asked.id);
    expect(await approve(mallory, asked.id, ofDora)).toMatchObject(NO_ANSWER);
    // mallory's nonce, signed by mallory's authenticator, and sent in dora's session.
    expect(await approve(dora, asked.id, await signedFor(mallory, asked.id))).toMatchObject(NO_ANSWER);
    expect((await approve(dora, asked.id, ofDora)).status).toBe(200);
  });

  test("an answer from another origin is refused, although the authenticator gave it", async () => {
    const asked = await ask();
    const passkey = await signedFor(dora, asked.id);
    const response = passkey.response as { response: { clientDataJSON: string } };
    const told = JSON.parse(Buffer.from(response.response.clientDataJSON, "base64url").toString()) as object;
    const forged = Buffer.from(JSON.stringify({ ...told, origin: "https://evil.example" })).toString("base64url");
    const changed = { ...response, response: { ...response.response, clientDataJSON: forged } };
    expect(await approve(dora, asked.id, { nonce: passkey.nonce, response: changed })).toMatchObject(NO_ANSWER);
  });

  test("a copy of a passkey, whose counter has not increased, is refused", async () => {
    const { authenticator, authenticatorId } = dora;
    const { credentials } = await authenticator.send("WebAuthn.getCredentials", { authenticatorId });
    const asked = await ask();
    await approve(dora, (await ask()).id, await signedFor(dora, asked.id));
    await approve(dora, asked.id, await signedFor(dora, asked.id));
    // The authenticator as it was before.
    const [copy] = credentials as [(typeof credentials)[number]];
    await authenticator.send("WebAuthn.removeCredential", { authenticatorId, credentialId: copy.credentialId });
    await authenticator.send("WebAuthn.addCredential", { authenticatorId, credential: { ...copy, signCount: 0 } });
    const another = await ask();
    const refused = await approve(dora, another.id, await signedFor(dora, another.id));
    expect(refused.status).toBe(409);
    const signCount = 1000;
    await authenticator.send("WebAuthn.removeCredential", { authenticatorId, credentialId: copy.credentialId });
    await authenticator.send("WebAuthn.addCredential", { authenticatorId, credential: { ...copy, signCount } });
    expect((await approve(dora, another.id, await signedFor(dora, another.id))).status).toBe(200);
  });

  test("a passkey that was removed is refused", async () => {
    const eve = await personOf(browser, "eve");
    await addPasskey(eve);
    const asked = await ask();
    const passkey = await signedFor(eve, asked.id);
    await eve.page.goto(`${site}/console/passkeys`);
    await eve.page.getByRole("button", { name: "Remove" }).click();
    await eve.page.getByText("Nothing yet.").waitFor();
    expect(await approve(eve, asked.id, passkey)).toMatchObject(NO_ANSWER);
  });

  test("the holder of an old session cannot add a passkey", async () => {
    const status = async (): Promise<number> => (await challenge(late)).status;
    await expect.poll(status, { timeout: 2000 * WITHIN, interval: 500 }).toBe(403);
  });
});
