/** A gateway without policies, without a signing key, and without the secret of one of the proxies that ask it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { call, chainNow, proofFor, readiness, refusalOf, startWorld, type World } from "./harness.ts";

const SECRET = "traefik-secret-of-the-tests-0123456789";
const PROXIES = `
[[authorizer.proxies]]
name = "traefik"
kind = "traefik"
secret = "TRAEFIK_SECRET"

[[authorizer.proxies]]
name = "envoy"
kind = "envoy"
secret = "ENVOY_SECRET"
`;

let world: World;
beforeAll(async () => {
  world = await startWorld({
    withoutPolicies: true,
    gatewayKeys: [],
    edit: (config) => config + PROXIES,
    secrets: { TRAEFIK_SECRET: SECRET },
  });
});
afterAll(() => world.stop());

test("/readyz names everything that is missing, and /healthz is still 200", async () => {
  const answer = await readiness(world);
  expect(answer.status).toBe(503);
  const { problems } = (await answer.json()) as { problems: string[] };
  expect(problems.sort()).toEqual([
    "no policies are loaded: npm run hopgate -- policy publish policies",
    expect.stringContaining("the secret ENVOY_SECRET is not set"),
    "there is no signing key: set GATEWAY_KEYS",
  ]);
  expect((await fetch(`${world.url}/healthz`)).status).toBe(200);
});

test("no keys are published: 503", async () => {
  const keys = await fetch(`${world.url}/.well-known/jwks.json`);
  expect([keys.status, await keys.json()]).toMatchObject([503, { rule: "signing_unavailable" }]);
});

test("a request is refused: 503, with Retry-After", async () => {
  const response = await call(world);
  expect(response.headers.get("retry-after")).toBe("5");
  const refusal = await refusalOf(response);
  expect(refusal).toMatchObject({ status: 503, error: "temporarily_unavailable" });
  expect(refusal.description).toContain("policies_unavailable");
});

test("a proxy that asks gets no permission: 503", async () => {
  const chain = await chainNow();
  const answer = await fetch(`${world.url}/authorize`, {
    headers: {
      authorization: `DPoP ${chain}`,
      dpop: await proofFor(world, chain, {}),
      "x-forwarded-method": "GET",
      "x-forwarded-host": new URL(world.url).host,
      "x-forwarded-uri": "/orders/17",
      "hop-authorizer": SECRET,
    },
  });
  expect(await refusalOf(answer)).toMatchObject({ status: 503, rule: "policies_unavailable" });
});

test("no value is accepted for a secret that is not set", async () => {
  expect((await fetch(`${world.url}/authorize`, { headers: { "hop-authorizer": "" } })).status).toBe(403);
});
