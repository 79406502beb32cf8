/** Requests to an upstream on a route with `sign = true`: a signature that covers one request (RFC 9421, 9530). */
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { call, refusalOf, seenBy, type World } from "./harness.ts";
import { ALONE } from "./raw.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

const BODY = '{"order":17}';
const digest = (body: string, algorithm = "sha-256"): string =>
  `${algorithm}=:${createHash(algorithm.replace("-", "")).update(body).digest("base64")}:`;
const refund = (body: string | undefined, headers: Record<string, string> = {}): Promise<Response> =>
  call(world, { method: "POST", path: "/refunds", headers, ...(body !== undefined && { body }) });

describe("the signature", () => {
  test("covers the token, the provenance and the body, and contains the decision", async () => {
    const { headers, bytes } = await seenBy(await refund(BODY));
    expect(bytes).toBe(BODY.length);
    expect(headers["content-digest"]).toBe(digest(BODY));
    const input = headers["signature-input"] as string;
    expect(input).toMatch(
      /^hopgate=\("@method" "@target-uri" "authorization" "hop-subject" "hop-chain" "hop-txn" "hop-decision" "hop-approved-by" "content-digest"\);/,
    );
    expect(input).toContain(`;nonce=${headers["hop-decision"]}`);
    expect(input).toContain(';tag="hopgate-provenance"');
  });

  test("of a request without a body covers the digest of an empty body", async () => {
    const { headers } = await seenBy(await refund(undefined));
    expect(headers["content-digest"]).toBe(digest(""));
    expect(headers["signature-input"]).toContain('"content-digest");');
  });

  test("no two requests have the same nonce", async () => {
    const nonces = await Promise.all(
      [1, 2].map(async () => (await seenBy(await refund(BODY))).headers["hop-decision"] as string),
    );
    expect(new Set(nonces).size).toBe(2);
  });
});

describe("a digest of the caller's", () => {
  test.each([
    ["SHA-256", digest(BODY)],
    ["SHA-512", digest(BODY, "sha-512")],
    ["both", `${digest(BODY, "sha-512")}, ${digest(BODY)}`],
    ["an algorithm that says nothing", "md5=:AAAA:"],
  ])("that holds is replaced by the gateway's: %s", async (_, told) => {
    const { headers } = await seenBy(await refund(BODY, { "content-digest": told }));
    expect(headers["content-digest"]).toBe(digest(BODY));
  });

  test.each([
    ["of another body", digest("{}")],
    ["of another body, beside one that holds", `${digest(BODY)}, ${digest("{}", "sha-512")}`],
    ["that is shorter than a digest", "sha-256=:AAAA:"],
    ["that is no byte sequence", 'sha-256="abc"'],
    ["that cannot be read", "sha-256=:"],
  ])("is refused %s", async (_, told) => {
    const before = world.upstream.asked.get("/refunds") ?? 0;
    const answer = await refund(BODY, { "content-digest": told });
    expect(await refusalOf(answer)).toMatchObject({ status: 400, rule: "digest_mismatch" });
    expect(world.upstream.asked.get("/refunds") ?? 0).toBe(before);
  });

  test("without a body is refused too", async () => {
    expect(await refusalOf(await refund(undefined, { "content-digest": digest(BODY) }))).toMatchObject({
      rule: "digest_mismatch",
    });
  });
});

test("a body beyond `max_body` is refused, because it cannot be signed", async () => {
  const answer = await refund("a".repeat(262_145), ALONE);
  expect(await refusalOf(answer)).toMatchObject({ status: 413, rule: "content_too_large" });
});
