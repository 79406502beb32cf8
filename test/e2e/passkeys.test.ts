/** Approval by passkey in a real browser with a virtual authenticator: what holds, and what is no answer for it. */
import { readFile } from "node:fs/promises";
import { decodeJwt } from "jose";
import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askConsole, signInToken, startSession } from "../../cli/people.ts";
import { readPolicyFiles } from "../../policies/tool/files.ts";
import { publishPolicies } from "../../policies/tool/publish.ts";
import { launchChromium, noChromium } from "./browser.ts";
import {
  ADMIN_TOKEN,
  call,
  chainNow,
  ledgerNow,
  recordsOf,
  refusalOf,
  seenBy,
  startWorld,
  type World,
} from "./harness.ts";

/** Seconds: enough for a busy machine to sign in and add a passkey. */
const WITHIN = 25;
const GROUP = "data-protection";
const BEFORE = '@approval("data-protection")';

let world: World;
let site: string;
beforeAll(async () => {
  const PASSKEYS = `[console.passkeys]\nrp_id = "localhost"\nregister_within = ${WITHIN}\n\n`;
  world = await startWorld({ edit: (config) => config.replace("[notify]", `${PASSKEYS}[notify]`) });
  // An address is no relying party: the browser comes by the other name of the loopback.
  site = world.url.replace("127.0.0.1", "localhost");
  const files = await readPolicyFiles("policies");
  const cedarText = (await readFile("policies/acme.cedar", "utf8")).replace(
    BEFORE,
    `${BEFORE}\n@approval_by("passkey")`,
  );
  expect(cedarText).toContain("approval_by");
  await publishPolicies({ ...files, cedarText }, { gateway: world.url, adminToken: ADMIN_TOKEN }, world.publisher);
});
afterAll(() => world.stop());

const remote = () => ({ gateway: world.url, adminToken: ADMIN_TOKEN });
const newTask = (): string => `task-${crypto.randomUUID()}`;
const chainOf = (txn: string): Promise<string> => chainNow({ 0: { claims: { txn } } });

interface Asked {
  readonly id: string;
  readonly chain: string;
  readonly txn: string;
}

/** An approval that a refused request has opened. */
async function ask(): Promise<Asked> {
  const txn = newTask();
  const chain = await chainOf(txn);
  const answer = await call(world, { chain, path: "/exports/today" });
  const { approval } = (await answer.json()) as { approval: { id: string } };
  return { id: approval.id, chain, txn };
}
const use = ({ id, chain }: Asked): Promise<Response> =>
  call(world, { chain, path: "/exports/today", headers: { "hop-approval": id } });

test("a session alone is not enough, and a refusal needs no passkey", async () => {
  const [one, other] = [await ask(), await ask()];
  const session = await startSession(remote(), { name: "dora", groups: [GROUP] });
  const said = (id: string, decision: string): Promise<unknown> =>
    askConsole(remote(), session, `approvals/${id}`, { decision, group: GROUP, comment: "" });
  await expect(said(one.id, "approve")).rejects.toThrow("approves by passkey");
  expect(await refusalOf(await use(one))).toMatchObject({ rule: "approval_pending" });
  expect(await said(other.id, "reject")).toMatchObject({ status: "rejected" });
});

test("somebody without a passkey is not asked to sign", async () => {
  const { id } = await ask();
  const session = await startSession(remote(), { name: "nobody", groups: [GROUP] });
  const asking = askConsole(remote(), session, `approvals/${id}/challenge`, { group: GROUP, comment: "" });
  await expect(asking).rejects.toThrow("add a passkey first");
});

interface Person {
  readonly page: Page;
  readonly authenticator: CDPSession;
  readonly authenticatorId: string;
}

describe.skipIf(noChromium)("in Chromium", () => {
  let browser: Browser;
  let dora: Person;
  /** Signs in before all others, so that the session is old when the other tests are over. */
  let late: Person;
  beforeAll(async () => {
    browser = await launchChromium();
    late = await personOf("late");
    expect((await challenge(late)).status).toBe(200);
    dora = await personOf("dora");
    await addPasskey(dora);
  });
  afterAll(() => browser.close());

  async function signIn(page: Page, name: string): Promise<void> {
    await page.goto(`${site}/console/sign-in?token=${await signInToken(remote(), { name, groups: [GROUP] })}`);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL("**/console/approvals");
  }

  async function personOf(name: string, isUserVerified = true): Promise<Person> {
    const context = await browser.newContext();
    const page = await context.newPage();
    const authenticator = await context.newCDPSession(page);
    await authenticator.send("WebAuthn.enable");
    const options = {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: isUserVerified,
      isUserVerified,
    } as const;
    const { authenticatorId } = await authenticator.send("WebAuthn.addVirtualAuthenticator", { options });
    await signIn(page, name);
    return { page, authenticator, authenticatorId };
  }

  async function addPasskey({ page }: Person): Promise<void> {
    await page.goto(`${site}/console/passkeys`);
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByRole("table").waitFor();
  }

  /** What the console's script does, step by step, so that each can be given something else. */
  const script = {
    ask: (page: Page, path: string, body: object) =>
      page.evaluate(
        async ([path, body]) => {
          const headers = { accept: "application/json", "content-type": "application/json" };
          const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
          return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
        },
        [path, body] as const,
      ),
    sign: (page: Page, options: unknown) =>
      page.evaluate(async (options) => {
        // biome-ignore lint/suspicious/noExplicitAny: the DOM's types are not those of the tests
        const { PublicKeyCredential, navigator } = globalThis as any;
        const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
        return (await navigator.credentials.get({ publicKey })).toJSON() as Record<string, unknown>;
      }, options),
  };

  const challenge = ({ page }: Person) => script.ask(page, "/console/passkeys/challenge", {});
  const said = { group: GROUP, comment: "checked" };
  async function signedFor({ page }: Person, id: string, words: object = said) {
    const { json } = await script.ask(page, `/console/approvals/${id}/challenge`, words);
    return { nonce: json["nonce"] as string, response: await script.sign(page, json["options"]) };
  }
  const approve = ({ page }: Person, id: string, passkey: object, words: object = said) =>
    script.ask(page, `/console/approvals/${id}`, { decision: "approve", ...words, passkey });
  const NO_ANSWER = { status: 409, json: { error_description: "the passkey's answer is not one for this" } };

  test("an approver adds a passkey once, approves with it, and the upstream's token says so", async () => {
    const asked = await ask();
    await dora.page.goto(`${site}/console/approvals/${asked.id}`);
    await dora.page.getByLabel("Comment").fill("looked at it");
    await dora.page.getByRole("button", { name: "Approve once" }).click();
    await dora.page.getByText("approved by passkey looked at it").waitFor();

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
    const day = await ledgerNow(world, `gateway:${new Date().toISOString().slice(0, 10)}`);
    expect(JSON.stringify(day)).toContain("passkey_added");
  });

  test("an answer is accepted once: repeated, and sent 16 times at once, it approves only one thing", async () => {
    const asked = await ask();
    const passkey = await signedFor(dora, asked.id);
    const answers = await Promise.all(Array.from({ length: 16 }, () => approve(dora, asked.id, passkey)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await approve(dora, asked.id, passkey)).status).toBe(409);
    expect((await use(asked)).status).toBe(200);
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

  test("another person's passkey is refused, and so is one's own answer for another person", async () => {
    const mallory = await personOf("mallory");
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

  test("a copy of a passkey, whose counter has not gone on, is refused", async () => {
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
    const eve = await personOf("eve");
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
