/**
 * What the console answers if there is nothing to show or an action is not allowed: people get a page, programs JSON.
 */
import { beforeAll, expect, test } from "vitest";
import { startSession } from "../../cli/people.ts";
import { ADMIN_TOKEN, type World } from "./harness.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
let session: string;
beforeAll(async () => {
  world = await sharedWorld();
  session = await startSession({ gateway: world.url, adminToken: ADMIN_TOKEN }, { name: "anna", groups: ["security"] });
});

type Ask = readonly [path: string, body?: Record<string, string>];
function ask([path, body]: Ask, accept: string): Promise<Response> {
  const headers = { cookie: `hopgate_session=${session}`, origin: world.url, accept };
  const sent = body && { method: "POST", body: new URLSearchParams(body) };
  return fetch(`${world.url}/console${path}`, { headers, redirect: "manual", ...sent });
}

test.each<[string, number, string, Ask]>([
  ["the page of passkeys that are not configured", 404, "no console.passkeys", ["/passkeys"]],
  ["the page of reviews that are not configured", 404, "no console.review_days", ["/reviews"]],
  ["an approval that does not exist", 404, "there is no such approval", ["/approvals/none"]],
  ["an address without a page", 404, "there is no such page", ["/nowhere"]],
  [
    "ending a task, by somebody who is no operator",
    403,
    "only operators may revoke",
    ["/tasks/t/end", { reason: "r" }],
  ],
])("%s is answered with a page that says why, and with JSON for programs", async (_, status, problem, asked) => {
  const page = await ask(asked, "text/html,application/xhtml+xml,*/*;q=0.8");
  expect([page.status, page.headers.get("content-type")]).toEqual([status, "text/html; charset=UTF-8"]);
  const text = await page.text();
  expect(text).toContain(problem);
  // With the menu, and who it is that has signed in.
  expect(text).toMatch(/<nav aria-label="Console">.*Sign out/s);
  const json = await ask(asked, "application/json");
  expect([json.status, await json.json()]).toEqual([
    status,
    { error: "invalid_request", error_description: expect.stringContaining(problem) },
  ]);
});
