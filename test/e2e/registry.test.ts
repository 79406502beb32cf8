/** The workload registry: its administration, and the command line as a person uses it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newKey, type PrivateKey, publicPart } from "../../sdk/keys.ts";
import type { Workload } from "../../worker/chain/names/workload.ts";
import { hopgateProcess, hopgate as run } from "./command-line.ts";
import { ADMIN_TOKEN, admin, castWorkloads, nowSeconds, startWorld, type World } from "./harness.ts";
import { AGENT, register, SERVICE } from "./oauth.ts";

const NAME = "spiffe://acme.example/services/billing";
const WHAT = ["--owner", "payments team", "--purpose", "invoices"];
let world: World;
let folder: string;
let first: PrivateKey;
let second: PrivateKey;

beforeAll(async () => {
  world = await startWorld({ withoutPolicies: true });
  folder = await mkdtemp(join(tmpdir(), "hopgate-registry-"));
  [first, second] = [await newKey(), await newKey()];
  await writeFile(join(folder, "first.json"), JSON.stringify(first));
  await writeFile(join(folder, "second.json"), JSON.stringify({ keys: [publicPart(second)] }));
});
afterAll(async () => {
  await world.stop();
  await rm(folder, { recursive: true });
});

const path = (name: string): string => `registry/${encodeURIComponent(name)}`;
const put = (name: string, body: object): Promise<Response> => admin(world, path(name), body, "PUT");
const file = (name: string): string => join(folder, name);
async function hopgate(...args: string[]): Promise<string> {
  const { code, out } = await run(["workload", ...args, "--gateway", world.url]);
  if (code !== 0) throw new Error(out);
  return out;
}
async function stored(): Promise<Workload> {
  return (await (await admin(world, path(NAME))).json()) as Workload;
}

describe("the administration", () => {
  const common = { owner: "o", purpose: "p" };
  test("keeps, lists and removes workloads", async () => {
    const workload = { name: "urn:acme:nightly", keys: [publicPart(first)], ...common };
    const whole = { ...workload, disabled: false };
    const { workloads: cast } = (await (await admin(world, "registry")).json()) as { workloads: Workload[] };
    expect(cast.map(({ name }) => name).sort()).toEqual((await castWorkloads()).map(({ name }) => name).sort());
    expect(await (await put(workload.name, workload)).json()).toEqual(whole);
    expect(await (await admin(world, path(workload.name))).json()).toEqual(whole);
    expect(await (await admin(world, "registry")).json()).toEqual({ workloads: [...cast, whole] });
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const remove = (): Promise<Response> =>
      fetch(`${world.url}/admin/${path(workload.name)}`, { method: "DELETE", headers });
    expect([(await remove()).status, (await remove()).status]).toEqual([204, 404]);
    expect((await admin(world, path(workload.name))).status).toBe(404);
  });
  test("refuses a change of another version than was read", async () => {
    const workload = { name: "urn:acme:weekly", keys: [publicPart(first)], ...common };
    const of = (match?: string, method = "PUT", body: object = workload) =>
      fetch(`${world.url}/admin/${path(workload.name)}`, {
        method,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...(match !== undefined && { "if-match": match }) },
        ...(method === "PUT" && { body: JSON.stringify(body) }),
      });
    const read = (await of()).headers.get("etag") as string;
    expect((await admin(world, path(workload.name))).headers.get("etag")).toBe(read);
    const changed = await of(read, "PUT", { ...workload, disabled: true });
    expect(changed.status).toBe(200);
    expect(changed.headers.get("etag")).not.toBe(read);
    for (const match of [read, "*", `W/${read}`, "no tag"])
      expect([(await of(match)).status, (await of(match, "DELETE")).status], match).toEqual([412, 412]);
    expect(await (await admin(world, path(workload.name))).json()).toMatchObject({ disabled: true });
    // A proxy that compresses an answer makes its tag weak.
    const weak = await of(`W/${changed.headers.get("etag")}`, "PUT", { ...workload, disabled: true });
    expect(weak.status).toBe(200);
    const last = weak.headers.get("etag") as string;
    // Removed and registered again it is another version all the same.
    expect((await of(last, "DELETE")).status).toBe(204);
    expect((await of(last)).status).toBe(412);
    expect((await of()).status).toBe(200);
    expect((await of(last)).status).toBe(412);
    expect((await of(undefined, "DELETE")).status).toBe(204);
  });
  test.each<[string, string, string, () => object]>([
    ["a private key", "keys.0: is a private key", "urn:a", () => ({ name: "urn:a", keys: [first] })],
    ["another name than the address", "name: is not", "urn:a", () => ({ name: "urn:b", keys: [publicPart(first)] })],
    ["no keys", "needs one of keys and jwks_uri", "urn:a", () => ({ name: "urn:a" })],
    ["an address in clear text", "jwks_uri", "urn:a", () => ({ name: "urn:a", jwks_uri: "http://a.example" })],
    [
      "a type of more words",
      "type: must be",
      "urn:a",
      () => ({ name: "urn:a", type: "an agent", keys: [publicPart(second)] }),
    ],
    ["a name that is no URI", "name: must be", "nightly", () => ({ name: "nightly", jwks_uri: "https://a.example" })],
  ])("refuses %s, and says so", async (_, reason, name, fields) => {
    const answer = await put(name, { ...common, ...fields() });
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error_description: string }).error_description).toContain(reason);
  });
  test("needs the admin token", async () => {
    expect((await fetch(`${world.url}/admin/registry`)).status).toBe(401);
    expect((await fetch(`${world.url}/admin/${path("urn:a")}`, { method: "PUT", body: "{}" })).status).toBe(401);
  });
});

test("no two clients can have the same actor, and a client that changes its actor frees the old name", async () => {
  expect((await register(world, { client_id: "one", actor: AGENT })).status).toBe(200);
  const refused = await register(world, { client_id: "two", actor: AGENT });
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ error_description: "actor: is the client `one` already" });
  expect((await admin(world, "clients/two")).status).toBe(404);
  expect((await register(world, { client_id: "one", actor: AGENT, scopes: [] })).status).toBe(200);
  expect((await register(world, { client_id: "one", actor: SERVICE })).status).toBe(200);
  expect((await register(world, { client_id: "two", actor: AGENT })).status).toBe(200);
});

test("of two concurrent changes of a client one is refused and made again, and neither is lost", async () => {
  const given = { client_id: "shared", actor: "https://shared.acme.example" };
  const read = (await register(world, given)).headers.get("etag") as string;
  const known = await admin(world, "clients/shared");
  expect(known.headers.get("etag")).toBe(read);
  const client = (await known.json()) as object;
  const of = (match: string, changed: object): Promise<Response> =>
    fetch(`${world.url}/admin/clients/shared`, {
      method: "PUT",
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "if-match": match },
      body: JSON.stringify({ ...client, ...changed }),
    });
  const answers = await Promise.all([of(read, { disabled: true }), of(read, { scopes: [] })]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  for (const match of [read, "*", `W/${read}`, "no tag"]) expect((await of(match, {})).status, match).toBe(412);
  // Registering is no way to undo it either.
  const about = [
    "--audience",
    "https://orders.acme.example",
    "--scope",
    "orders:read",
    "--owner",
    "me",
    "--purpose",
    "trial",
  ];
  const added = await run(["client", "add", "shared", "--actor", given.actor, ...about, "--gateway", world.url]);
  expect([added.code, added.out]).toEqual([1, expect.stringContaining("shared is registered already")]);
  const again = [...about, "--auth", "spiffe_jwt", "--replace"];
  expect(
    await run(["client", "add", "shared", "--actor", given.actor, ...again, "--gateway", world.url]),
  ).toMatchObject({ code: 0 });
  const runs = await Promise.all([
    run(["client", "disable", "shared", "--gateway", world.url]),
    run(["client", "narrow", "shared", "--scope", "", "--gateway", world.url]),
  ]);
  expect(runs.map(({ code, out }) => [code, out.includes("Error")])).toEqual([
    [0, false],
    [0, false],
  ]);
  expect(await (await admin(world, "clients/shared")).json()).toMatchObject({ disabled: true, scopes: [] });
});

describe("the command line", () => {
  test("registers a workload by its private key file, and sends the public half only", async () => {
    expect(await hopgate("add", NAME, "--jwks", file("first.json"), ...WHAT)).toContain(`${NAME} is registered`);
    expect(await stored()).toEqual({
      name: NAME,
      keys: [publicPart(first)],
      owner: "payments team",
      purpose: "invoices",
      disabled: false,
    });
    await expect(hopgate("add", NAME, "--jwks", file("second.json"), ...WHAT)).rejects.toThrow("registered already");
    expect(await hopgate("list")).toMatch(/services\/billing +1 key +payments team +invoices/);
    expect(await hopgate("show", NAME)).toContain(first.kid);
  });
  test("rotates its key: both are accepted until the old one expires or is dropped", async () => {
    await hopgate("rotate", NAME, "--jwks", file("second.json"), "--keep-old", "3600");
    const [added, old, ...more] = (await stored()).keys ?? [];
    expect([added, more]).toEqual([publicPart(second), []]);
    expect(old).toMatchObject(publicPart(first));
    expect(Math.abs((old?.exp as number) - nowSeconds() - 3600)).toBeLessThan(60);
    await hopgate("rotate", NAME, `--drop=${first.kid}`);
    expect((await stored()).keys).toEqual([publicPart(second)]);
    await expect(hopgate("rotate", NAME, `--drop=${first.kid}`)).rejects.toThrow("has no key");
    await expect(hopgate("rotate", NAME, `--drop=${second.kid}`)).rejects.toThrow("left without keys");
    await expect(hopgate("rotate", NAME)).rejects.toThrow("--drop");
  });
  test("drops a key whose kid begins with a hyphen, as one in 64 thumbprints does", async () => {
    const kid = `-${"k".repeat(42)}`;
    for (const drop of [["--drop", kid], [`--drop=${kid}`]]) {
      await writeFile(file("hyphen.json"), JSON.stringify({ ...(await newKey()), kid }));
      await hopgate("rotate", NAME, "--jwks", file("hyphen.json"));
      expect((await stored()).keys?.[0]?.kid).toBe(kid);
      await hopgate("rotate", NAME, ...drop);
      expect((await stored()).keys).toEqual([publicPart(second)]);
    }
  });
  test("rotates and disables it at the same time, and neither change undoes the other", async () => {
    const at = ["--gateway", world.url];
    const commands = [
      ["rotate", NAME, "--jwks", file("first.json")],
      ["disable", NAME],
    ];
    const ran = await Promise.all(commands.map((args) => hopgateProcess(["workload", ...args, ...at])));
    expect(ran.map(({ code }) => code)).toEqual([0, 0]);
    expect((await stored()).disabled).toBe(true);
    expect((await stored()).keys).toContainEqual(publicPart(first));
    await hopgate("enable", NAME);
  });
  test("disables, enables and removes it", async () => {
    await hopgate("disable", NAME);
    expect((await stored()).disabled).toBe(true);
    expect(await hopgate("list")).toMatch(/services\/billing +disabled/);
    await hopgate("enable", NAME);
    expect((await stored()).disabled).toBe(false);
    await hopgate("remove", NAME);
    await expect(hopgate("show", NAME)).rejects.toThrow("does not know");
    expect(await hopgate("list")).not.toContain(NAME);
  });
  test("registers a workload by the address of its keys, for a time", async () => {
    const uri = "https://keys.acme.example/jwks.json";
    const what = [...WHAT, "--environment", "staging", "--type", "job"];
    await hopgate("add", NAME, "--jwks-uri", uri, ...what, "--expires", "2020-01-01T00:00:00Z");
    expect(await stored()).toMatchObject({ environment: "staging", type: "job", expires: "2020-01-01T00:00:00Z" });
    expect(await hopgate("show", NAME)).toMatch(/environment +staging\n *type +job/);
    expect(await hopgate("list")).toMatch(/services\/billing +expired +https:\/\/keys/);
    await hopgate("renew", NAME, "--expires", "2099-01-01T00:00:00Z");
    expect(await hopgate("list")).toMatch(/services\/billing +https:\/\/keys.* 2099-01-01T00:00:00/);
    await expect(hopgate("rotate", NAME, "--jwks", file("first.json"))).rejects.toThrow(`has its keys at ${uri}`);
  });
  test("prints what is missing, and an example of each command", async () => {
    await expect(hopgate("add", "urn:acme:x", ...WHAT)).rejects.toThrow("needs one of keys and jwks_uri");
    await writeFile(file("text.json"), "no key");
    await expect(hopgate("add", "urn:acme:x", "--jwks", file("text.json"), ...WHAT)).rejects.toThrow("neither a JWK");
    for (const command of ["add", "list", "show", "rotate", "disable", "enable", "renew", "remove"]) {
      expect(await hopgate(command, "--help")).toContain(`Example:\n  hopgate workload ${command}`);
    }
  });
});
