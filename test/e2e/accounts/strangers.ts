/** Whose account it is, and links, forms and answers in the wrong hands. */
import { beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "../../../examples/browser.ts";
import { CAST } from "../../vectors/craft.ts";
import { newBrowser } from "../door.ts";
import { refusalOf } from "../harness.ts";
import { connect, connectUriOf, door, goOn, other, read, vendor } from "./given.ts";

export function testStrangers(): void {
  describe("an account is used only for its person,", () => {
    beforeAll(() => connect("alice", "alice-at-vendor"));
    test("not for another subject of the same issuer", async () => {
      expect(await refusalOf(await read("bob"))).toMatchObject({ status: 403, rule: "account_unconnected" });
    });
    test.each<[string, boolean]>([
      ["another issuer", false],
      ["a partner who names them as ours", true],
    ])("not for somebody of the same name by %s", async (_, named) => {
      const { issuer: iss } = CAST;
      const subject = { format: "iss_sub", iss: door.company.issuer, sub: "alice" };
      const answer = await read("alice", { iss, ...(named && { sub_id: subject }) });
      expect(await refusalOf(answer)).toMatchObject({ status: 403, rule: "account_unconnected" });
    });
    test("not for a name that only begins like theirs", async () => {
      for (const sub of ["alice ", "Alice", `${door.company.issuer} alice`])
        expect(await refusalOf(await read(sub)), sub).toMatchObject({ rule: "account_unconnected" });
    });
  });

  describe("no account is connected by", () => {
    test("a link that was made for somebody else", async () => {
      const link = await connectUriOf("victor");
      door.company.person = "mallory";
      const page = await newBrowser().go(link);
      expect([page.status, page.text]).toEqual([403, expect.stringContaining("made for somebody else")]);
      const changed = await newBrowser().go(link.replace(/for=./, "for=_"));
      expect(changed.status).toBe(403);
    });

    test("a form of another session, a form of another vendor, or a form that is sent twice", async () => {
      const [hers, his] = [newBrowser(), newBrowser()];
      door.company.person = "alice";
      const page = await hers.go(`${door.url}/me/connect/crm`);
      door.company.person = "mallory";
      await his.go(`${door.url}/me`);
      expect((await his.send(page, "/me/connect/crm", {})).status).toBe(403);
      expect((await hers.send(page, "/me/connect/other", {})).status).toBe(403);
      await goOn(hers, page);
      expect((await hers.send(page, "/me/connect/crm", {})).status).toBe(403);
      expect((await hers.send(page, "/me/connect/crm", {}, { origin: "https://evil.example" })).status).toBe(403);
    });

    /** The vendor's answer to a browser, before it is brought to the gateway. */
    async function answerFor(browser: Browser, sub: string, account: string, name = "crm"): Promise<URL> {
      door.company.person = sub;
      const at = name === "crm" ? vendor : other;
      at.account = account;
      const page = await browser.go(`${door.url}/me/connect/${name}`);
      const to = await goOn(browser, page);
      const stopping = newBrowser((url) => url.pathname.startsWith("/me/connected/"));
      const { url } = await stopping.go(to.href);
      return url;
    }

    test("an answer to a request of another browser: the attacker's account is not bound to the victim", async () => {
      const [attackers, victims] = [newBrowser(), newBrowser()];
      const injected = await answerFor(attackers, "mallory", "mallory-at-vendor");
      door.company.person = "vera";
      await victims.go(`${door.url}/me`);
      expect((await victims.go(injected.href)).status).toBe(403);
      // Nor if the victim has begun to connect an account too.
      const own = await answerFor(victims, "vera", "vera-at-vendor");
      injected.searchParams.set("state", own.searchParams.get("state") as string);
      expect((await victims.go(injected.href)).status).toBe(403);
      expect(await refusalOf(await read("vera"))).toMatchObject({ rule: "account_unconnected" });
    });

    test("an answer that is sent a second time, or after the person has signed out", async () => {
      const browser = newBrowser();
      const answer = await answerFor(browser, "rita", "rita-at-vendor");
      const kept = structuredClone([...browser.cookies]);
      expect((await browser.go(answer.href)).url.pathname).toBe("/me");
      for (const [host, jar] of kept) browser.cookies.set(host, jar);
      expect((await browser.go(answer.href)).status).toBe(403);
      const later = newBrowser();
      const second = await answerFor(later, "sam", "sam-at-vendor");
      later.forget("hopgate_person");
      expect((await later.go(second.href)).status).toBe(403);
      expect(await refusalOf(await read("sam"))).toMatchObject({ rule: "account_unconnected" });
    });

    test("an answer of another vendor, or one whose `iss` is another vendor's or missing", async () => {
      const browser = newBrowser();
      const answer = await answerFor(browser, "mona", "mona-at-other", "other");
      const mixed = new URL(answer.href.replace("/me/connected/other", "/me/connected/crm"));
      expect((await browser.go(mixed.href)).status).toBe(403);
      const again = await answerFor(browser, "mona", "mona-at-vendor");
      again.searchParams.set("iss", other.url);
      expect((await browser.go(again.href)).status).toBe(403);
      const without = await answerFor(browser, "mona", "mona-at-vendor");
      without.searchParams.delete("iss");
      expect((await browser.go(without.href)).status).toBe(403);
      expect(await refusalOf(await read("mona"))).toMatchObject({ rule: "account_unconnected" });
    });

    test("a person who refuses at the vendor", async () => {
      const browser = newBrowser();
      const answer = await answerFor(browser, "nick", "nick-at-vendor");
      answer.searchParams.delete("code");
      answer.searchParams.set("error", "access_denied");
      expect((await browser.go(answer.href)).status).toBe(403);
    });
  });
}
