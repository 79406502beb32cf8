/** Client assertions that authenticate nobody. */
import { nowSeconds } from "../harness.ts";
import { assertion, byAssertion, type Row } from "./given.ts";

export const assertions: Row[] = [
  [
    "a replayed assertion",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => {
      const once = await assertion();
      if ((await byAssertion(once)).status !== 200) throw new Error("the assertion is not accepted at all");
      return byAssertion(once);
    },
  ],
  [
    "an assertion for another server",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => byAssertion(await assertion({ aud: "https://other.example" })),
  ],
  [
    "an assertion that lives too long",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => byAssertion(await assertion({ exp: nowSeconds() + 7200 })),
  ],
  [
    "an assertion about another",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => byAssertion(await assertion({ sub: "support-agent" })),
  ],
  [
    "an assertion without `jti`",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => byAssertion(await assertion({ jti: undefined })),
  ],
];
