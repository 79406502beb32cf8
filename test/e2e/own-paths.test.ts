/** The gateway's own endpoints answer to their exact paths alone; an encoded parameter is decoded once. */
import { beforeAll, describe, expect, test } from "vitest";
import { CLIENT } from "./clients.ts";
import { ADMIN_TOKEN, admin, type World } from "./harness.ts";
import { rawCall, ruleOf } from "./raw.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

const authorization = `Bearer ${ADMIN_TOKEN}`;

describe("another form of one of the gateway's own paths is not found:", () => {
  test.each([
    "/%68ealthz",
    "/health%7A",
    "/%72eadyz",
    "/%6detrics",
    "/%61dmin/policies",
    "/%2561dmin/policies",
    "/%6fauth/status",
    "/oauth/%73tatus",
    "/oauth/t%6Fken",
    "/%2ewell-known/jwks.json",
    "/.well-known/jwks%2ejson",
    "/%65vents",
    "/%63onsole/sign-in",
    "/ADMIN/policies",
  ])("%s", async (path) => {
    const answer = await rawCall(world, { path, lines: [["authorization", authorization]] });
    expect([400, 404]).toContain(answer.status);
    expect(ruleOf(answer)).toMatch(/^(path_ambiguous|route_unknown)$/);
  });

  test.each(["/admin/p%6flicies", "/admin%2fpolicies", "/console/s%69gn-in", "/console%2fsign-in"])(
    "%s, which only begins with one",
    async (path) => {
      const { status, body } = await rawCall(world, { path, lines: [["authorization", authorization]] });
      expect([302, 400, 401, 404]).toContain(status);
      expect(body).not.toMatch(/releases|one-time/i);
    },
  );
});

describe("a parameter is decoded, once:", () => {
  const client = { ...CLIENT, actor: "urn:acme:spelt" };

  test.each(["https://client.example/a", "urn:acme:c%2Fd", "a%b"])("client %s", async (id) => {
    const path = `clients/${encodeURIComponent(id)}`;
    const actor = `urn:acme:${encodeURIComponent(id)}`;
    expect((await admin(world, path, { ...client, actor, client_id: id }, "PUT")).status).toBe(200);
    expect(await (await admin(world, path)).json()).toMatchObject({ client_id: id });
  });

  test("workload spiffe://acme.example/agents/a", async () => {
    const name = "spiffe://acme.example/agents/a";
    const path = `registry/${encodeURIComponent(name)}`;
    const workload = { name, jwks_uri: "https://a.example/jwks", owner: "o", purpose: "p" };
    expect((await admin(world, path, workload, "PUT")).status).toBe(200);
    expect(await (await admin(world, path)).json()).toMatchObject({ name });
  });

  test("the name of a ledger of the gateway, with its colon encoded or not", async () => {
    const answered = async (name: string): Promise<unknown> =>
      ((await (await admin(world, `audit/${name}`)).json()) as { task?: unknown }).task;
    // The gateway has such a ledger for each day with an act: after midnight it is another.
    const ofToday = async (): Promise<boolean> => {
      expect((await admin(world, "clients/day", { ...client, client_id: "day" }, "PUT")).status).toBe(200);
      const day = new Date().toISOString().slice(0, 10);
      const tasks = await Promise.all([answered(`gateway:${day}`), answered(`gateway%3A${day}`)]);
      return tasks.every((task) => task === `gateway:${day}`);
    };
    await expect.poll(ofToday).toBe(true);
  });
});
