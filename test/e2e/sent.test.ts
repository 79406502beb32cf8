/** A refusal says which value was sent, and which are accepted: to the sender, and to nobody else. */
import { decodeJwt } from "jose";
import { beforeAll, expect, test } from "vitest";
import { refusalOf } from "../../sdk/errors.ts";
import { CAST, type HopChange } from "../vectors/craft.ts";
import { call, chainNow, recordsOf, taskOf, type World } from "./harness.ts";
import { exchange, ORDERS, personToken, post, registerCast, TYPE } from "./oauth.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
  await registerCast(world);
});

const inHeader = (header: Record<string, unknown>): Record<number, HopChange> => ({ 0: { header } });
const ROOT_TYPES = ["none", "JWT", "JOSE", "at+jwt", "txntoken+jwt", "wit+jwt"];
const HOP_ALGORITHMS = ["EdDSA", "Ed25519", "ES256"];

test.each<[string, Record<number, HopChange>, string, string, readonly string[] | undefined]>([
  ["an ID token of an issuer of access tokens", inHeader({ typ: "JWT" }), "typ_not_accepted", "JWT", ["at+jwt"]],
  ["a root without `typ`", inHeader({ typ: undefined }), "typ_not_accepted", "none", ["at+jwt"]],
  ["a root of an unknown type", inHeader({ typ: "dpop+jwt" }), "typ_forbidden", "dpop+jwt", ROOT_TYPES],
  ["a hop without `typ`", { 1: { header: { typ: undefined } } }, "typ_forbidden", "none", ["hop+jwt"]],
  ["a hop with another algorithm", { 1: { header: { alg: "RS256" } } }, "alg_forbidden", "RS256", HOP_ALGORITHMS],
  ["a hop with another key's algorithm", { 1: { header: { alg: "ES256" } } }, "alg_mismatch", "ES256", undefined],
  ["a key that the issuer does not have", inHeader({ kid: "idp-9" }), "key_unknown", "idp-9", undefined],
  [
    "an issuer that is not trusted, without the names of those that are",
    { 0: { claims: { iss: "https://login.acme.example/" } } },
    "issuer_unknown",
    "https://login.acme.example/",
    undefined,
  ],
])("the refusal of %s says so", async (_, changes, rule, sent, accepted) => {
  const refusal = await refusalOf(await call(world, { chain: await chainNow(changes) }));
  expect(refusal).toMatchObject({ rule, sent, accepted });
  expect(refusal.description).toContain(`${rule}): it is \`${sent}\``);
  if (accepted !== undefined) expect(refusal.description).toContain(`; accepted: \`${accepted.join("`, `")}\``);
});

test("the refusal of another audience lists all that the route accepts, and nothing else", async () => {
  const sendFor = async (aud: string) =>
    refusalOf(
      await call(world, {
        chain: await chainNow({ 2: { claims: { aud } }, 1: { claims: { aud } }, 0: { claims: { aud } } }),
      }),
    );
  const refusal = await sendFor(`${ORDERS}/v2`);
  const accepted = [CAST.gateway, `${world.url}/orders`, "https://orders.acme.example"];
  expect(refusal).toMatchObject({ rule: "audience_mismatch", sent: `${ORDERS}/v2`, accepted });
  expect(refusal.description).toContain(`; accepted: \`${accepted.join("`, `")}\``);
  for (const audience of accepted) expect((await sendFor(audience)).rule).not.toBe("audience_mismatch");
});

test.each([
  ["control characters", "JWT\r\nSet-Cookie: a=b\u009b", "JWT\\u{d}\\u{a}Set-Cookie: a=b\\u{9b}"],
  ["what delimits it", 'a`b"c\\d', "a\\u{60}b\\u{22}c\\u{5c}d"],
  ["letters that look like others", "аt+jwt\u202e", "\\u{430}t+jwt\\u{202e}"],
  ["more than 128 characters", "x".repeat(4000), "x".repeat(128)],
  ["more than 128 characters when escaped", "\u{1f600}".repeat(100), "\\u{1f600}".repeat(15).slice(0, 128)],
  ["a token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2lnbmF0dXJl", "***"],
])("a value with %s is shown as plain text", async (_, typ, sent) => {
  const answer = await call(world, { chain: await chainNow(inHeader({ typ })) });
  expect(answer.headers.get("www-authenticate")).toMatch(/^[\x20-\x7e]+$/);
  expect(await refusalOf(answer)).toMatchObject({ rule: "typ_forbidden", sent });
});

test("an answer by RFC 9457 and a JSON-RPC error have the same members", async () => {
  const chain = await chainNow(inHeader({ typ: "JWT" }));
  const members = { rule: "typ_not_accepted", sent: "JWT", accepted: ["at+jwt"] };
  const problem = await call(world, { chain, headers: { accept: "application/problem+json" } });
  expect(await problem.json()).toMatchObject({ ...members, detail: expect.stringContaining("it is `JWT`") });
  const message = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const spoken = await call(world, { path: "/mcp", method: "POST", chain, headers, body: JSON.stringify(message) });
  expect(await spoken.json()).toMatchObject({
    error: { message: expect.stringContaining("it is `JWT`"), data: members },
  });
});

test("an exchange says it of a token that is not of its declared type, and of one that the issuer may not use", async () => {
  const members = { error: "invalid_request", rule: "typ_not_accepted" };
  const declared = await exchange(world, { subject_token: await personToken({}, { header: { typ: "JWT" } }) });
  expect(await declared.json()).toMatchObject({ ...members, sent: "JWT", accepted: ["at+jwt"] });
  const idToken = await exchange(world, {
    subject_token: await personToken({}, { header: { typ: "JWT" } }),
    subject_token_type: TYPE.id,
  });
  const refused = (await idToken.json()) as { error_description: string };
  expect(refused).toMatchObject({ ...members, sent: "JWT", accepted: ["at+jwt"] });
  expect(refused.error_description).toContain("ID tokens `JWT` or none");
});

test("a value in an actor's token is told to the client, and is not written into the subject's task", async () => {
  const token = await personToken();
  const refused = await exchange(world, {
    subject_token: token,
    actor_token: await personToken({}, { header: { typ: "blame+jwt" } }),
    actor_token_type: TYPE.jwt,
    audience: ORDERS,
  });
  expect(await refused.json()).toMatchObject({ rule: "typ_not_accepted", sent: "blame+jwt" });
  const records = await recordsOf(world, taskOf(String(decodeJwt(token)["txn"])), 1);
  expect(records).toMatchObject([{ outcome: "denied", rule: "invalid_request" }]);
  expect(JSON.stringify(records)).not.toContain("blame");
});

test("an argument of another type than the route declares is named, with both types and not its value", async () => {
  const params = { name: "refund_order", arguments: { order: "17", amount: "40.00" } };
  const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const refusal = await refusalOf(
    await call(world, { path: "/mcp", method: "POST", headers, body: JSON.stringify(message) }),
  );
  expect(refusal).toMatchObject({ rule: "tool_argument", claim: "amount", sent: "string", accepted: ["decimal"] });
  expect(refusal.description).not.toContain("40.00");
});

test("a request with another content type, or an encoded body, is told which", async () => {
  const json = await post(world, "/oauth/token", {}, { "content-type": "application/json" });
  expect(await json.json()).toMatchObject({ error_description: expect.stringContaining("it is `application/json`") });
  const headers = { "content-type": "application/json", "content-encoding": "br" };
  const encoded = await call(world, { path: "/mcp", method: "POST", headers, body: "{}" });
  expect(await refusalOf(encoded)).toMatchObject({ rule: "encoding_refused", sent: "br", accepted: ["identity"] });
});
