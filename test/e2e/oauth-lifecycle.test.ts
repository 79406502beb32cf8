/** What changes over time: tokens revoked, keys rotated, clients registered, rotated and disabled. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { decodeJwt, decodeProtectedHeader } from "jose";
import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PrivateKey } from "../../sdk/keys.ts";
import { CAST } from "../vectors/craft.ts";
import { printed } from "./command-line.ts";
import { startWorld, type World } from "./harness.ts";
import {
  agent,
  agentAuth,
  basic,
  exchange,
  grantedBy,
  INSECURE,
  ORDERS,
  personToken,
  post,
  REFUNDS,
  register,
  registerCast,
  type Server,
  serverOf,
} from "./oauth.ts";

let world: World;
let as: oauth.AuthorizationServer;
let verified: Server["verified"];
beforeAll(async () => {
  ({ world, as, verified } = await serverOf(await startWorld()));
});
afterAll(() => world.stop());

describe("revocation", () => {
  test("revoking a token ends what was derived from it (RFC 7009), and nothing else", async () => {
    const subject = await personToken();
    const one = await grantedBy(await exchange(world, { subject_token: subject, audience: REFUNDS }));
    const other = await grantedBy(await exchange(world, { subject_token: subject, audience: REFUNDS }));
    const derived = await grantedBy(
      await exchange(world, { subject_token: one.access_token }, basic("refund-service")),
    );
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, agent, agentAuth, one.access_token, INSECURE),
    );

    const again = (token: string) => exchange(world, { subject_token: token }, basic("refund-service"));
    expect((await again(one.access_token)).status).toBe(400);
    expect((await again(derived.access_token)).status).toBe(400);
    expect((await again(other.access_token)).status).toBe(200);
  });

  test("upstreams see it in the status list, without asking about any token", async () => {
    const subject = await personToken();
    const [one, other] = [
      await grantedBy(await exchange(world, { subject_token: subject, audience: REFUNDS })),
      await grantedBy(await exchange(world, { subject_token: subject, audience: REFUNDS })),
    ];
    const derived = await grantedBy(
      await exchange(world, { subject_token: one.access_token }, basic("refund-service")),
    );
    const placeOf = ({ access_token }: { access_token: string }): number =>
      (decodeJwt(access_token) as { status: { status_list: { idx: number } } }).status.status_list.idx;
    const { status } = decodeJwt(one.access_token) as { status: { status_list: { uri: string } } };
    const statuses = async (): Promise<number[]> => {
      const response = await fetch(status.status_list.uri.replace(CAST.gateway, world.url));
      expect(response.headers.get("content-type")).toBe("application/statuslist+jwt");
      const claims = await verified(await response.text(), "statuslist+jwt");
      const { bits, lst } = claims["status_list"] as { bits: number; lst: string };
      expect([claims.sub, bits]).toEqual([status.status_list.uri, 1]);
      const list = inflateSync(Buffer.from(lst, "base64url"));
      return [one, other, derived].map(placeOf).map((place) => ((list[place >> 3] as number) >> (place & 7)) & 1);
    };
    expect(await statuses()).toEqual([0, 0, 0]);
    await post(world, "/oauth/revoke", { token: one.access_token });
    // The list is made once in five seconds.
    await expect.poll(statuses).toEqual([1, 0, 1]);
  });

  test("revoking an unknown token succeeds, and another client's token is not revoked", async () => {
    expect((await post(world, "/oauth/revoke", { token: "garbage" })).status).toBe(200);
    const theirs = await personToken({ client_id: "someone", aud: [REFUNDS] });
    expect((await post(world, "/oauth/revoke", { token: theirs })).status).toBe(401);
  });

  test("a client that is disabled gets nothing, and what was issued to it can be revoked", async () => {
    await register(world, { client_id: "leaver", actor: "urn:acme:leaver" });
    const form = { grant_type: "client_credentials", audience: ORDERS };
    expect((await post(world, "/oauth/token", form, basic("leaver"))).status).toBe(200);
    await register(world, { client_id: "leaver", actor: "urn:acme:leaver", disabled: true });
    expect((await post(world, "/oauth/token", form, basic("leaver"))).status).toBe(401);
    await register(world, { client_id: "leaver", actor: "urn:acme:leaver", expires: "2020-01-01T00:00:00Z" });
    expect((await post(world, "/oauth/token", form, basic("leaver"))).status).toBe(401);
  });
});

test("keys are rotated, and a token signed by the one before is still accepted", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hopgate-keys-"));
  const file = join(folder, "keys.json");
  await writeFile(file, JSON.stringify({ keys: world.gatewayKeys }));
  const granted = await grantedBy(await exchange(world, { subject_token: await personToken(), audience: REFUNDS }));
  await printed(["key", "rotate", file]);
  const rotated = await startWorld({
    gatewayKeys: (JSON.parse(await readFile(file, "utf8")) as { keys: PrivateKey[] }).keys,
  });
  try {
    await registerCast(rotated);
    // Signed by the key that has been moved on from, and still good; what comes of it is signed by the next.
    const next = await grantedBy(
      await exchange(rotated, { subject_token: granted.access_token }, basic("refund-service")),
    );
    const kidOf = (token: string): unknown => decodeProtectedHeader(token).kid;
    expect(kidOf(granted.access_token)).toBe(world.gatewayKeys[0]?.kid);
    expect(kidOf(next.access_token)).toBe(world.gatewayKeys[1]?.kid);
    // And the gateway that still has the old secret knows that key already: it was published before it signed.
    const form = { subject_token: next.access_token, audience: ORDERS };
    await register(world, { client_id: "orders-api", actor: "urn:acme:orders", aliases: [ORDERS] });
    expect((await exchange(world, form, basic("orders-api"))).status).toBe(200);
  } finally {
    await rotated.stop();
    await rm(folder, { recursive: true });
  }
});

test("clients are managed from the command line: add, list, rotate, disable", async () => {
  const hopgate = (...args: string[]): Promise<string> => printed(["client", ...args, "--gateway", world.url]);
  const secretOf = (text: string): string => /client_secret {2}(\S+)/.exec(text)?.[1] as string;
  const ask = (secret: string) =>
    post(world, "/oauth/token", { grant_type: "client_credentials" }, basic("billing", secret));

  const what = ["--actor", "urn:acme:billing", "--audience", ORDERS, "--scope", "orders:read"];
  const first = secretOf(await hopgate("add", "billing", ...what, "--owner", "team-b", "--purpose", "invoices"));
  const granted = await grantedBy(await ask(first));
  expect(await hopgate("list")).toMatch(/billing +client_secret_basic +orders:read +team-b +invoices/);

  const second = secretOf(await hopgate("rotate", "billing"));
  expect([(await ask(first)).status, (await ask(second)).status]).toEqual([200, 200]);
  const third = secretOf(await hopgate("rotate", "billing"));
  expect([(await ask(first)).status, (await ask(second)).status, (await ask(third)).status]).toEqual([401, 200, 200]);

  await hopgate("disable", "billing");
  expect((await ask(third)).status).toBe(401);
  const client = { client_id: "support-agent" };
  const response = await oauth.introspectionRequest(as, client, agentAuth, granted.access_token, INSECURE);
  expect(await oauth.processIntrospectionResponse(as, client, response)).toEqual({ active: false });
  await expect(
    hopgate(
      "add",
      "odd",
      ...what.slice(0, 4),
      "--scope",
      "a",
      "--owner",
      "o",
      "--purpose",
      "p",
      "--auth",
      "private_key_jwt",
    ),
  ).rejects.toThrow("keys");
});
