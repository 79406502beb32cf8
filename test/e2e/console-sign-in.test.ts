/** Sign-in by OpenID Connect without a browser: what was begun once comes back once. */
import { beforeAll, describe, expect, test } from "vitest";
import { signInToken } from "../../cli/people.ts";
import { ADMIN_TOKEN, type World } from "./harness.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

interface Begun {
  /** The sign-in on its way. */
  readonly cookie: string;
  /** Where the provider sends the browser back to. */
  readonly callback: string;
}

async function beginSignIn(address = "/console/sign-in/oidc"): Promise<Begun> {
  const begun = await fetch(world.url + address, { redirect: "manual" });
  const cookie = begun.headers.get("set-cookie")?.split(";")[0] ?? "";
  const answer = await fetch(begun.headers.get("location") as string, { redirect: "manual" });
  return { cookie, callback: answer.headers.get("location") as string };
}

const returned = ({ cookie, callback }: Begun): Promise<Response> =>
  fetch(callback, { headers: { cookie }, redirect: "manual" });
const comeBack = async (begun: Begun): Promise<number> => (await returned(begun)).status;
const askedForTokens = (): number => world.upstream.asked.get("/op/token") ?? 0;

test("a sign-in is completed once, however often its cookie is sent, and the provider is asked once", async () => {
  const begun = await beginSignIn();
  const before = askedForTokens();
  const statuses = await Promise.all(Array.from({ length: 6 }, () => comeBack(begun)));
  expect(statuses.sort()).toEqual([302, 401, 401, 401, 401, 401]);
  expect(await comeBack(begun)).toBe(401);
  expect(askedForTokens() - before).toBe(1);
});

test("a sign-in that the provider refused is not sent to it again", async () => {
  const begun = await beginSignIn();
  const before = askedForTokens();
  const forged = { ...begun, callback: begun.callback.replace(/code=[^&]+/, "code=guessed") };
  for (let turn = 0; turn < 3; turn++) expect(await comeBack(forged)).toBe(401);
  expect(askedForTokens() - before).toBe(1);
});

test("another sign-in of the same browser is not affected", async () => {
  const [one, other] = [await beginSignIn(), await beginSignIn()];
  expect([await comeBack(one), await comeBack(other)]).toEqual([302, 302]);
});

describe("after the sign-in", () => {
  const placeIn = (page: string): string => /name="to" value="([^"]*)"/.exec(page)?.[1] ?? "";
  const linkIn = (page: string): string => /href="(\/console\/sign-in\/oidc[^"]*)"/.exec(page)?.[1] ?? "";

  const enter = (token: string, to: string): Promise<Response> =>
    fetch(`${world.url}/console/sign-in`, {
      method: "POST",
      headers: { origin: world.url },
      body: new URLSearchParams({ token, to }),
      redirect: "manual",
    });

  /** Where a page for signing in leads to: with the identity provider, and with a one-time token. */
  async function placesFrom(page: string): Promise<(string | null)[]> {
    const token = await signInToken({ gateway: world.url, adminToken: ADMIN_TOKEN }, { name: "sam", groups: [] });
    const signedIn = await enter(token, placeIn(page));
    return [await returned(await beginSignIn(linkIn(page))), signedIn].map(({ headers }) => headers.get("location"));
  }

  const placesAfter = async (address: string): Promise<(string | null)[]> =>
    placesFrom(await (await fetch(world.url + address)).text());

  test("a person gets to the approval whose link they opened", async () => {
    const opened = await fetch(`${world.url}/console/approvals/7b0c`, { redirect: "manual" });
    const address = opened.headers.get("location") as string;
    expect(await placesAfter(address)).toEqual(["/console/approvals/7b0c", "/console/approvals/7b0c"]);
  });

  test("a person gets to it even if the one-time token that they entered first was wrong", async () => {
    const wrong = await enter("wrong", "/console/approvals/7b0c");
    expect(wrong.status).toBe(401);
    expect(await placesFrom(await wrong.text())).toEqual(["/console/approvals/7b0c", "/console/approvals/7b0c"]);
  });

  test("a wrong token in a form of another page leads nowhere else", async () => {
    const wrong = await enter("wrong", "https://evil.example/console/decisions");
    expect(placeIn(await wrong.text())).toBe("/console");
  });

  test.each([
    "https://evil.example/console/decisions",
    "//evil.example",
    "/\\evil.example",
    "/console//evil.example",
    "/console/../admin/policies",
    "/console/%2e%2e/admin",
    "/console/sign-in/oidc",
    "/console/decisions?q=<script>",
    "/me",
    "javascript:alert(1)",
  ])("a link that says to continue at %s leads to the front page", async (to) => {
    expect(await placesAfter(`/console/sign-in?to=${encodeURIComponent(to)}`)).toEqual(["/console", "/console"]);
    const forged = await beginSignIn(`/console/sign-in/oidc?to=${encodeURIComponent(to)}`);
    expect((await returned(forged)).headers.get("location")).toBe("/console");
  });
});
