/** Calls that are not valid, the identifier of a call, and the metadata. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { SECRETS } from "../../../local/asking-proxies.ts";
import { chainNow, proofFor } from "../harness.ts";
import { ALONE } from "../raw.ts";
import { AUTHENTICATED, ask, decided, EDGE, good, world } from "./given.ts";

export function testCalls(): void {
  describe("a call that is not valid is answered as text:", () => {
    test.each<[string, (e: object) => unknown]>([
      ["without subject", ({ ...e }: { subject?: unknown }) => ({ ...e, subject: undefined })],
      ["without action", (e) => ({ ...e, action: undefined })],
      ["without resource", (e) => ({ ...e, resource: undefined })],
      ["with a subject without type", (e) => ({ ...e, subject: { id: "alice" } })],
      ["with a subject without id", (e) => ({ ...e, subject: { type: "user" } })],
      ["with an action without name", (e) => ({ ...e, action: {} })],
      ["with a resource without type", (e) => ({ ...e, resource: { id: "orders" } })],
      ["with a resource without id", (e) => ({ ...e, resource: { type: "route" } })],
      ["with a subject that is text", (e) => ({ ...e, subject: "alice" })],
      ["with a name that is a number", (e) => ({ ...e, action: { name: 123 } })],
      [
        "with a chain that is no text",
        (e) => ({ ...e, subject: { type: "user", id: "alice", properties: { chain: 1 } } }),
      ],
      ["with properties that are a list", (e) => ({ ...e, subject: { type: "user", id: "alice", properties: [] } })],
      ["with a context that is text", (e) => ({ ...e, context: "now" })],
      ["of a list", (e) => [e]],
      ["that is not JSON", () => "{"],
      ["that is empty", () => ""],
      ["that names a member twice", () => '{"subject":{"type":"user","id":"alice","id":"bob"}}'],
    ])("400 %s", async (_, change) => {
      const answer = await ask("evaluation", change(await good()));
      expect(answer.status).toBe(400);
      expect(answer.headers.get("content-type")).toMatch(/^text\/plain/);
      expect(await answer.text()).not.toMatch(/ey[A-Za-z0-9]{20}/);
    });
    test("400 with another content type", async () => {
      expect((await ask("evaluation", await good(), { ...AUTHENTICATED, "content-type": "text/plain" })).status).toBe(
        400,
      );
    });
    test("413 if it is too long", async () => {
      const padding = "x".repeat(1_100_000);
      expect((await ask("evaluation", { padding }, { ...AUTHENTICATED, ...ALONE })).status).toBe(413);
    });
    test.each<[string, Record<string, string>]>([
      ["nobody", {}],
      ["another secret", { authorization: `Bearer ${SECRETS.PORTAL_SECRET}x` }],
      ["a proxy that asks otherwise", { authorization: `Bearer ${SECRETS.NGINX_SECRET}` }],
      ["such a proxy by its header", { "hop-authorizer": SECRETS.NGINX_SECRET }],
      ["a caller with a chain alone", { authorization: "DPoP a.b.c" }],
    ])("401 for %s, before anything is read", async (_, headers) => {
      const answer = await ask("evaluation", "{", headers);
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    });
    test("403 at /authorize, for a client that may call here", async () => {
      const answer = await fetch(`${world.url}/authorize`, { headers: { "hop-authorizer": SECRETS.PORTAL_SECRET } });
      expect(answer.status).toBe(403);
    });
  });

  test("the evaluation of docs/authorizer.md is permitted", async () => {
    const page = await readFile(new URL("../../../docs/authorizer.md", import.meta.url), "utf8");
    const chain = await chainNow();
    const example = (/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "")
      .replace("CHAIN", chain)
      .replace("PROOF", await proofFor(EDGE, chain, {}))
      .replace("ORIGIN", EDGE.url);
    expect(await decided(example)).toMatchObject({ decision: true });
  });

  test("the request's identifier is in the answer, of an error too", async () => {
    for (const [body, headers] of [
      [await good(), AUTHENTICATED],
      ["{", AUTHENTICATED],
      ["{", {}],
    ] as const) {
      const answer = await ask("evaluation", body, { ...headers, "x-request-id": "bfe9eb29" });
      expect(answer.headers.get("x-request-id")).toBe("bfe9eb29");
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
  });

  test("the metadata name the endpoints under the host of the request", async () => {
    const answer = await fetch(`${world.url}/.well-known/authzen-configuration`);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    expect(await answer.json()).toEqual({
      policy_decision_point: world.url,
      access_evaluation_endpoint: `${world.url}/access/v1/evaluation`,
      access_evaluations_endpoint: `${world.url}/access/v1/evaluations`,
    });
  });
}
