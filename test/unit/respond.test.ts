/** Every rule has an answer: status, OAuth code, challenge, and a text that names the rule. */
import { describe, expect, test } from "vitest";
import { RULES } from "../../wasm/verdict.ts";
import { GATEWAY_RULES, HopError, type Rule } from "../../worker/errors.ts";
import { respond } from "../../worker/gateway/respond.ts";

const ALL = [...RULES.filter((rule) => rule !== "ok"), ...(Object.keys(GATEWAY_RULES) as Rule[])] as Rule[];
const request = new Request("https://gateway.example/orders");

describe("every rule", () => {
  test.each(ALL)("%s", async (rule) => {
    const response = respond(new HopError(rule), "decision-id", request);
    const body = (await response.json()) as Record<string, string>;
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(body["error"]).toMatch(/^[a-z_]+$/);
    expect(body["error_description"]).toContain(`(${rule})`);
    expect(body["error_description"]).toMatch(/^[a-z]/);
    expect(body["decision"]).toBe("decision-id");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.has("www-authenticate")).toBe(response.status === 401 || response.status === 403);
    expect(response.headers.has("retry-after")).toBe([429, 503].includes(response.status));
  });
});

test("a challenge holds no character that would end it", () => {
  const error = new HopError("policy_denied", { challenge: { reason: 'say "no"\r\nx: y é' } });
  expect(respond(error, "d", request).headers.get("www-authenticate")).toContain(
    'error_description="say  no   x: y   (policy_denied)"',
  );
});
