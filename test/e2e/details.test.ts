/**
 * Authorization details (RFC 9396) over HTTP: what they cover, and where they are: exchange, narrowed token, ledger.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { CAST, keyNamed } from "../vectors/craft.ts";
import { rootOf, toService, withHop } from "./chains.ts";
import { hopgate, printed } from "./command-line.ts";
import { call, chainNow, recordsOf, refusalOf, seenBy, type World } from "./harness.ts";
import { exchange, grantedBy, ORDERS, personToken, post, registerCast } from "./oauth.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
  await registerCast(world);
});

const refundOf = (order: string, amount: number) => ({ type: "refund", order, amount });
const newTask = (): string => `task-${crypto.randomUUID()}`;

/** @param details of each hop */
function chainWith(txn: string, ...details: (readonly object[] | undefined)[]): Promise<string> {
  const claims = details.map((each) => ({ claims: each === undefined ? {} : { authorization_details: each } }));
  return chainNow({ ...claims, 0: { claims: { txn, ...claims[0]?.claims } } });
}

async function refund(chain: string, order: string, body: object, headers = {}): Promise<Response> {
  return call(world, {
    method: "POST",
    path: `/shop/orders/${order}/refunds`,
    chain,
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
}

describe("a chain with details", () => {
  const given = [refundOf("17", 500), refundOf("18", 900)];

  test("may do what they cover, and the body reaches the upstream unchanged", async () => {
    const txn = newTask();
    const seen = await seenBy(
      await refund(await chainWith(txn, given, given, [refundOf("17", 500)]), "17", { amount: 500 }),
    );
    expect(seen.bytes).toBe(14);
    expect(decodeJwt(String(seen.headers["authorization"]).slice(7))["authorization_details"]).toEqual([
      refundOf("17", 500),
    ]);
    const [record] = (await recordsOf(world, txn, 1)) as AuditRecord[];
    expect(record?.decision?.question.request.context["details"]).toEqual(refundOf("17", 500));
    expect(record?.chain?.hops[2]?.details).toEqual([refundOf("17", 500)]);
  });

  test("keeps them through a hop that the command line signs with `--details`", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hopgate-details-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, "app.json");
    const { jwk, seed } = await keyNamed("app");
    await writeFile(file, JSON.stringify({ ...jwk, d: Buffer.from(seed).toString("base64url") }), { mode: 0o600 });
    const agentKey = join(folder, "agent.json");
    await writeFile(agentKey, JSON.stringify((await keyNamed("agent")).jwk));
    const root = await rootOf({ claims: { authorization_details: given } });
    const delegate = ["delegate", root, "--key", file, "--to", CAST.agent, "--to-key", agentKey];
    const scope = ["--scope", "orders:read refunds:write"];
    const longer = await printed([...delegate, ...scope, "--ttl", "900", "--details", JSON.stringify(given)]);
    const chain = await withHop(longer.trim(), { ...toService, claims: { authorization_details: [given[0]] } });
    expect((await refund(chain, "17", { amount: 500 })).status).toBe(200);
    for (const wrong of ["refund", "{}", "[17]", '[{"order":"17"}]']) {
      const { code, out } = await hopgate([...delegate, ...scope, "--details", wrong]);
      expect([code, out]).toEqual([2, expect.stringContaining("must be a JSON list such as")]);
    }
  });

  test.each<[string, string, object, (readonly object[] | undefined)[], string]>([
    ["a larger amount", "17", { amount: 501 }, [given, given, given], "details_uncovered"],
    ["what a later hop gave up", "18", { amount: 1 }, [given, given, [refundOf("17", 500)]], "details_uncovered"],
    ["anything once a hop has none", "17", { amount: 1 }, [given, given, undefined], "details_uncovered"],
    ["what the route asks to be limited", "17", { amount: 1 }, [undefined, undefined, undefined], "details_required"],
    ["what cannot be read", "17", { sum: 1 }, [given, given, given], "detail_unreadable"],
  ])("may not do %s", async (_, order, body, details, rule) => {
    expect(await refusalOf(await refund(await chainWith(newTask(), ...details), order, body))).toMatchObject({ rule });
  });

  test("may do nothing else: an operation without details is not covered", async () => {
    const refusal = await refusalOf(await call(world, { chain: await chainWith(newTask(), given, given, given) }));
    expect(refusal).toMatchObject({ status: 403, error: "access_denied", rule: "details_uncovered" });
  });

  test("in an encoding that the gateway does not read is refused", async () => {
    const chain = await chainWith(newTask(), given, given, given);
    const refusal = await refusalOf(await refund(chain, "17", { amount: 1 }, { "content-encoding": "gzip" }));
    expect(refusal.rule).toBe("encoding_refused");
  });
});

describe("an exchange", () => {
  const given = [refundOf("17", 500), refundOf("18", 900)];
  const ask = async (asked: unknown, claims: object = { authorization_details: given }): Promise<Response> =>
    exchange(world, {
      subject_token: await personToken(claims as Record<string, unknown>),
      ...(asked !== undefined && { authorization_details: typeof asked === "string" ? asked : JSON.stringify(asked) }),
    });

  test("keeps the details of the subject token, or those of them that are asked for", async () => {
    for (const [asked, expected] of [
      [undefined, given],
      [[{ amount: 900, order: "18", type: "refund" }], [refundOf("18", 900)]],
      [[], []],
    ]) {
      const granted = await grantedBy(await ask(asked));
      expect(decodeJwt(granted.access_token)["authorization_details"]).toEqual(expected);
      expect(granted).toMatchObject({ authorization_details: expected });
    }
  });

  test.each<[string, unknown, object?]>([
    ["more than the token has", [refundOf("17", 501)]],
    ["details of a token that has none", [refundOf("17", 1)], {}],
    ["no list", refundOf("17", 500)],
    ["no type", [{ order: "17" }]],
    ["no JSON", "refund"],
  ])("that asks for %s is refused", async (_, asked, claims) => {
    const answer = await ask(asked, claims);
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: "invalid_authorization_details" }]);
  });
});

test.each(["[]", JSON.stringify([refundOf("17", 500)]), "refund"])(
  "`client_credentials` that asks for %s is refused",
  async (authorization_details) => {
    const form = { grant_type: "client_credentials", audience: ORDERS };
    const answer = await post(world, "/oauth/token", { ...form, authorization_details });
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: "invalid_authorization_details" }]);
    expect((await post(world, "/oauth/token", { ...form, authorization_details: "" })).status).toBe(200);
  },
);

test("metadata of server and route name the types", async () => {
  const read = async (path: string) => (await (await fetch(`${world.url}/.well-known/${path}`)).json()) as object;
  const types = { authorization_details_types_supported: ["refund"] };
  expect(await read("oauth-authorization-server")).toMatchObject(types);
  expect(await read("oauth-protected-resource/shop/orders")).toMatchObject(types);
});
