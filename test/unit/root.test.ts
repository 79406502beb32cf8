/** What an issuer's entry requires of its tokens. */
import { expect, test } from "vitest";
import type { Issuer } from "../../worker/config.ts";
import { brokenRequirement } from "../../worker/trust/root.ts";

const requiring = (require: Record<string, string | string[]>) => ({ require }) as unknown as Issuer;

test("a claim that may have any value is required", () => {
  expect(brokenRequirement(requiring({ ref: "*" }), {})).toBe("ref");
  expect(brokenRequirement(requiring({ ref: "*" }), { ref: "refs/heads/main" })).toBeUndefined();
});
