/** What says that a vendor's token is over: its API by a challenge, its token endpoint by an error. */
import { describe, expect, test } from "vitest";
import { createKept } from "../../worker/vendor/kept.ts";
import { saysInvalidToken } from "../../worker/vendor/refusals.ts";
import { createVendorServer, VendorRefused } from "../../worker/vendor/server.ts";

describe("a challenge", () => {
  test.each<[boolean, string]>([
    [true, 'Bearer error="invalid_token"'],
    [true, "bearer realm=x,error=invalid_token"],
    [true, 'Bearer realm="a, b", error="invalid_token", error_description="it \\"has\\" expired"'],
    [true, 'Basic realm="x", Bearer scope="a b", error = "invalid_token"'],
    [true, 'DPoP algs="ES256", Bearer error="invalid_token"'],
    [false, ""],
    [false, "Bearer"],
    [false, 'Bearer error="invalid_request"'],
    [false, 'Bearer error_description="invalid_token"'],
    [false, 'Bearer realm="error=\\"invalid_token\\""'],
    [false, 'Digest error="invalid_token"'],
    [false, 'Bearer, Digest error="invalid_token"'],
    [false, 'Bearer error="invalid_token'],
    [false, 'Bearer error="invalid_token" ;'],
    [false, "Basic dXNlcg=="],
  ])("means a refusal: %s, by `%s`", (said, field) => {
    expect(saysInvalidToken(new Headers(field === "" ? {} : { "www-authenticate": field }))).toBe(said);
  });
});

describe("a token endpoint", () => {
  const vendor = {
    issuer: "https://crm.example",
    authorization_endpoint: "https://crm.example/authorize",
    token_endpoint: "https://crm.example/token",
    client_id: "gateway",
    title: "CRM",
    scope: [],
    parameters: {},
  } as unknown as Parameters<typeof createVendorServer>[0];

  test.each<[string, number, object]>([
    ["over", 400, { error: "invalid_grant" }],
    ["not over", 400, { error: "invalid_scope" }],
    ["not over", 400, { error: "access_denied" }],
    ["not over", 401, { error: "invalid_client" }],
    ["not over", 429, {}],
    ["not over", 503, { error: "temporarily_unavailable" }],
    ["not over", 200, { access_token: "a", token_type: "mac" }],
    ["renewed", 200, { access_token: "a", token_type: "Bearer" }],
  ])("says that a grant is %s by %i %j", async (what, status, answer) => {
    const edges = {
      fetch: async () => Response.json(answer, { status }),
      secretOf: () => undefined,
      now: () => 0,
    };
    const renewed = createVendorServer(vendor)
      .renew("refresh", edges)
      .then(
        () => "renewed",
        (error: unknown) => (error instanceof VendorRefused ? "over" : "not over"),
      );
    expect(await renewed).toBe(what);
  });
});

test("the gateway's own cached token is replaced at most five times a minute", async () => {
  const kept = createKept<number>();
  let asked = 0;
  const ask = async () => ({ value: ++asked, until: Number.POSITIVE_INFINITY });
  const turns = async (now: number): Promise<void> => {
    for (let turn = 0; turn < 10; turn++) {
      await kept.get("a", now, ask);
      kept.forget("a", now);
    }
    await kept.get("a", now, ask);
  };
  await turns(1_000);
  expect(asked).toBe(1 + 5);
  await turns(61_000);
  expect(asked).toBe(1 + 5 + 5);
});
