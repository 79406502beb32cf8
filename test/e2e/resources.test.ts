/** Routes as protected resources, each by its own address; pages of other sites are refused at MCP servers. */
import { beforeAll, describe, expect, test } from "vitest";
import { CAST } from "../vectors/craft.ts";
import { call, chainNow, refusalOf, seenBy, type World } from "./harness.ts";
import { basic, grantedBy, post, register } from "./oauth.ts";
import { rawCall } from "./raw.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

const LIST = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}';
const JSON_BODY = { "content-type": "application/json" };
const atLocalhost = (): string => world.url.replace("127.0.0.1", "localhost");

describe("metadata is of one host and path:", () => {
  test.each([
    ["localhost", "orders:read"],
    ["127.0.0.1", "refunds:write"],
  ])("%s", async (host, scope) => {
    const origin = world.url.replace("127.0.0.1", host);
    const answer = await fetch(`${origin}/.well-known/oauth-protected-resource/agents/mcp`);
    expect(await answer.json()).toMatchObject({
      resource: `${origin}/agents/mcp`,
      scopes_supported: [scope],
      authorization_servers: [CAST.gateway],
    });
  });

  test.each(["/agents", "/agents/mcp/x", "", "/agents/mcp/"])("`%s` is not found", async (path) => {
    expect((await fetch(`${world.url}/.well-known/oauth-protected-resource${path}`)).status).toBe(404);
  });

  test("the metadata of the server lists the resources of the host of the request", async () => {
    const answer = await fetch(`${atLocalhost()}/.well-known/oauth-authorization-server`);
    const { protected_resources: resources } = (await answer.json()) as { protected_resources: string[] };
    expect(resources).toContain(`${atLocalhost()}/agents/mcp`);
    expect(resources).toContain(`${atLocalhost()}/orders`);
    expect(resources.some((resource) => resource.startsWith(world.url))).toBe(false);
  });
});

test("a token for a route by its URL is accepted only at this URL", async () => {
  const [here, there] = [`${world.url}/orders`, `${atLocalhost()}/orders`];
  const audiences = [here, there, `${world.url}/agents/mcp`];
  await register(world, { client_id: "by-url", actor: "spiffe://acme.example/jobs/by-url", audiences });
  const ask = (resource: string) =>
    post(world, "/oauth/token", { grant_type: "client_credentials", resource }, basic("by-url"));
  const { access_token: token } = await grantedBy(await ask(here));
  const headers = { authorization: `Bearer ${token}` };
  // Verified, and then denied by the policies: nobody has allowed this client anything.
  expect(await refusalOf(await fetch(`${world.url}/orders/17`, { headers }))).toMatchObject({ rule: "policy_denied" });
  for (const url of [`${there}/17`, `${world.url}/agents/mcp`]) {
    const isMcp = url.endsWith("mcp");
    const request = isMcp ? { method: "POST", headers: { ...headers, ...JSON_BODY }, body: LIST } : { headers };
    expect(await refusalOf(await fetch(url, request))).toMatchObject({
      rule: "audience_mismatch",
    });
  }
  expect((await ask(`${world.url}/refunds`)).status).toBe(400);
  expect((await ask(`${world.url}/orders/`)).status).toBe(400);
});

describe("`Origin` at an MCP server", () => {
  const send = async (headers: Record<string, string>) =>
    call(world, {
      method: "POST",
      path: "/mcp",
      chain: await chainNow(),
      body: LIST,
      headers: { ...JSON_BODY, ...headers },
    });

  test.each(["https://elsewhere.example", "null", "http://127.0.0.1", "http://localhost:1"])(
    "%s is refused",
    async (origin) => {
      expect(await refusalOf(await send({ origin }))).toMatchObject({ status: 403, rule: "origin_refused" });
    },
  );
  test("its own origin is accepted, and so is a request without one", async () => {
    await seenBy(await send({ origin: world.url }));
    await seenBy(await send({}));
  });
  test("on other routes it is not checked", async () => {
    await seenBy(await call(world, { headers: { origin: "https://elsewhere.example" } }));
  });
  test("a host name that was rebound to the gateway's address is refused, because it is not a host of the gateway", async () => {
    const { status } = await rawCall(world, { method: "POST", path: "/mcp", host: "rebound.example", body: LIST });
    expect(status).toBe(421);
  });
});
