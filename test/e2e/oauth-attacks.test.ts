/** Attacks on the authorization server over HTTP, each with the error of RFC 6749 and RFC 8693 that it gets. */
import { beforeAll, expect, test } from "vitest";
import { nowSeconds } from "./harness.ts";
import { AGENT, basic, exchange, grantedBy, ORDERS, personToken, REFUNDS, register, SERVICE } from "./oauth.ts";
import { actors } from "./oauth-attacks/actors.ts";
import { assertions } from "./oauth-attacks/assertions.ts";
import { audiences } from "./oauth-attacks/audiences.ts";
import { clients } from "./oauth-attacks/clients.ts";
import { forgeries } from "./oauth-attacks/forgeries.ts";
import { forms } from "./oauth-attacks/forms.ts";
import { forService, registerAttackers, service, world } from "./oauth-attacks/given.ts";
import { subjects } from "./oauth-attacks/subjects.ts";
import { types } from "./oauth-attacks/types.ts";

beforeAll(registerAttackers);

const ATTACKS = [actors, types, clients, audiences, subjects, forgeries, assertions, forms].flat();

test.each(ATTACKS)("%s", async (_, status, error, because, attack) => {
  const response = await attack();
  const body = (await response.json()) as Record<string, unknown>;
  expect([response.status, body["error"]]).toEqual([status, error]);
  expect(body["error_description"]).toContain(because);
  const members = ["error", "error_description", "rule", "hop", "claim", "sent", "accepted"];
  expect(Object.keys(body).filter((name) => !members.includes(name))).toEqual([]);
  expect(response.headers.get("cache-control")).toBe("no-store");
  // No token and no secret that was sent comes back.
  expect(String(body["error_description"])).not.toMatch(/eyJ|a secret of the tests/);
});

test("a token that breaks a rule of the chain is refused with rule, hop and claim as members", async () => {
  const expired = await exchange(world, { subject_token: await personToken({ exp: nowSeconds() - 1 }) });
  expect(await expired.json()).toMatchObject({ error: "invalid_request", rule: "expired", hop: 0, claim: "exp" });
});

test("`act` cannot be removed: a second exchange keeps every actor", async () => {
  const token = await forService();
  const once = await grantedBy(await exchange(world, { subject_token: token, audience: REFUNDS }, service));
  const twice = await grantedBy(await exchange(world, { subject_token: once.access_token }, service));
  const [, payload] = twice.access_token.split(".");
  const { act, exp } = JSON.parse(Buffer.from(payload as string, "base64url").toString());
  expect(act).toMatchObject({ sub: SERVICE, act: { sub: AGENT } });
  expect(Object.keys(act.act).sort()).toEqual(["iss", "sub"]);
  const [, first] = token.split(".");
  expect(exp).toBeLessThanOrEqual(JSON.parse(Buffer.from(first as string, "base64url").toString()).exp);
});

test("a chain has at most four actors, the configured limit", async () => {
  let token = await forService();
  const outcomes: number[] = [];
  for (let hop = 2; hop <= 6; hop++) {
    const [here, next] = hop % 2 === 0 ? [REFUNDS, ORDERS] : [ORDERS, REFUNDS];
    await register(world, { client_id: `hop-${hop}`, actor: `urn:acme:hop-${hop}`, aliases: [here] });
    const response = await exchange(world, { subject_token: token, audience: next }, basic(`hop-${hop}`));
    outcomes.push(response.status);
    if (response.ok) token = (await grantedBy(response)).access_token;
  }
  expect(outcomes).toEqual([200, 200, 200, 400, 400]);
});

test("every token has an actor, so that nobody can be impersonated", async () => {
  const granted = await grantedBy(await exchange(world, { subject_token: await personToken() }));
  const [, payload] = granted.access_token.split(".");
  expect(JSON.parse(Buffer.from(payload as string, "base64url").toString())).toMatchObject({
    sub: "alice",
    act: { sub: AGENT },
  });
});
