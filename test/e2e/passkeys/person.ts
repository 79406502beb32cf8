/** People with passkeys, each in a browser with a virtual authenticator of their own. */
import type { Browser, CDPSession, Page } from "playwright-core";
import { signInToken } from "../../../cli/people.ts";
import { GROUP, remote, site } from "./given.ts";

export interface Person {
  readonly page: Page;
  readonly authenticator: CDPSession;
  readonly authenticatorId: string;
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.goto(`${site}/console/sign-in?token=${await signInToken(remote(), { name, groups: [GROUP] })}`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/console/approvals");
}

/** Somebody who has just signed in. */
export async function personOf(browser: Browser, name: string, isUserVerified = true): Promise<Person> {
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

export async function addPasskey({ page }: Person): Promise<void> {
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

export const challenge = ({ page }: Person) => script.ask(page, "/console/passkeys/challenge", {});
const said = { group: GROUP, comment: "checked" };
export async function signedFor({ page }: Person, id: string, words: object = said) {
  const { json } = await script.ask(page, `/console/approvals/${id}/challenge`, words);
  return { nonce: json["nonce"] as string, response: await script.sign(page, json["options"]) };
}
export const approve = ({ page }: Person, id: string, passkey: object, words: object = said) =>
  script.ask(page, `/console/approvals/${id}`, { decision: "approve", ...words, passkey });
export const NO_ANSWER = { status: 409, json: { error_description: "the passkey's answer is for something else" } };
