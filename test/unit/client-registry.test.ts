/** Changes of a client's registration: one after another, one client for each name, and KV has the last. */

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import type { Meant } from "../../worker/chain/names/meant.ts";
import { clientActorKey } from "../../worker/chain/names/registry.ts";
import type { Env } from "../../worker/env.ts";
import type { ChangedClient, Clients } from "../../worker/oauth/client-registry.ts";
import { type Client, clientKey, parseClient } from "../../worker/oauth/clients.ts";

const { CLIENTS, KV } = env as unknown as Env;
let registry: DurableObjectStub<Clients>;
let made = 0;
/** Names that no other test has: KV is one for all. */
let [x, y] = ["", ""];
beforeEach(() => {
  registry = CLIENTS.getByName(crypto.randomUUID());
  made += 1;
  [x, y] = [`urn:acme:x-${made}`, `urn:acme:y-${made}`];
});

const client = (id: string, actor: string, more: Partial<Client> = {}): Client =>
  parseClient({
    client_id: `${id}-${made}`,
    actor,
    auth_method: "spiffe_jwt",
    grants: ["client_credentials"],
    audiences: ["https://orders.acme.example"],
    scopes: ["orders:read"],
    owner: "team",
    purpose: "tests",
    ...more,
  });
const put = async (given: Client, meant: Meant = "any") =>
  (await registry.put(given, meant)) as ChangedClient | { readonly refused: string; readonly by?: string };
const inKv = (key: string) => KV.get<{ readonly client_id: string }>(key, "json");

test("of three clients that take a name at once, one gets it, and the others are refused with its id", async () => {
  const answers = await Promise.all(["a", "b", "c"].map((id) => put(client(id, x))));
  const refused = answers.flatMap((answer) => ("refused" in answer ? answer : []));
  expect(refused).toEqual([
    { refused: "taken", by: (await inKv(clientActorKey(x)))?.client_id },
    { refused: "taken", by: (await inKv(clientActorKey(x)))?.client_id },
  ]);
});

test("of 64 changes for the same version one is made, and the others do not undo it", async () => {
  const { version } = (await put(client("a", x))) as ChangedClient;
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, index) => put(client("a", x, { scopes: [`scope-${index}`] }), version)),
  );
  const heard = answers.filter((answer) => !("refused" in answer)) as ChangedClient[];
  expect(heard).toHaveLength(1);
  expect(answers.filter((answer) => "refused" in answer && answer.refused === "changed")).toHaveLength(63);
  expect(await registry.read(`a-${made}`)).toEqual({ client: heard[0]?.client, version: version + 1 });
  expect(await inKv(clientKey(`a-${made}`))).toEqual(heard[0]?.client);
});

test("a name that is given up is free and has no keys; the new name is not free", async () => {
  await put(client("a", x));
  expect(await put(client("a", y))).toMatchObject({ before: { actor: x }, version: 2 });
  expect([await inKv(clientActorKey(x)), (await inKv(clientActorKey(y)))?.client_id]).toEqual([null, `a-${made}`]);
  expect(await put(client("b", y))).toEqual({ refused: "taken", by: `a-${made}` });
  expect(await put(client("b", x))).toMatchObject({ before: null, version: 1 });
});

test("a client that was already in KV keeps its name and its registration until it is changed", async () => {
  const old = client("old", x);
  await KV.put(clientKey(old.client_id), JSON.stringify(old));
  await KV.put(clientActorKey(x), JSON.stringify({ client_id: old.client_id, keys: [], disabled: false }));
  expect(await registry.read(old.client_id)).toEqual({ client: old, version: 0 });
  expect(await put(client("b", x))).toEqual({ refused: "taken", by: old.client_id });
  expect(await put(client("old", y), 0)).toMatchObject({ before: { actor: x }, version: 1 });
  expect(await inKv(clientActorKey(x))).toBeNull();
  expect(await put(client("b", x))).toMatchObject({ version: 1 });
});

test("a change that KV missed is written to it before the next answer about the client", async () => {
  await put(client("a", x));
  await runInDurableObject(registry, async (instance: Clients, { storage }) => {
    storage.sql.exec("UPDATE clients SET copied = 0");
    await KV.delete(clientKey(`a-${made}`));
    await instance.read(`a-${made}`);
  });
  expect(await inKv(clientKey(`a-${made}`))).toMatchObject({ client_id: `a-${made}` });
});
