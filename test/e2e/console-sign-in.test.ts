/** Sign-in by OpenID Connect without a browser: what was begun once comes back once. */
import { beforeAll, expect, test } from "vitest";
import type { World } from "./harness.ts";
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

async function beginSignIn(): Promise<Begun> {
  const begun = await fetch(`${world.url}/console/sign-in/oidc`, { redirect: "manual" });
  const cookie = begun.headers.get("set-cookie")?.split(";")[0] ?? "";
  const answer = await fetch(begun.headers.get("location") as string, { redirect: "manual" });
  return { cookie, callback: answer.headers.get("location") as string };
}

const comeBack = async ({ cookie, callback }: Begun): Promise<number> =>
  (await fetch(callback, { headers: { cookie }, redirect: "manual" })).status;
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
