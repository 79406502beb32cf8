/** How many connections one address may have at a self-hosted gateway, by its options and IP_HEADER. */
import { expect, test } from "vitest";
import { limitsOf } from "../../selfhost/start.ts";

test.each([
  ["IP_HEADER is not set", {}, {}, 25],
  ["IP_HEADER is empty", {}, { IP_HEADER: "" }, 25],
  ["IP_HEADER names the header of a proxy", {}, { IP_HEADER: "x-real-ip" }, 100],
  ["--per-address says so", { "per-address": "7" }, { IP_HEADER: "x-real-ip" }, 7],
  ["--per-address says more than --connections", { "per-address": "101" }, {}, 100],
])("one address may have its share of 100 connections if %s", (_, options, env, perAddress) => {
  expect(limitsOf({ connections: "100", ...options }, 1, env)).toMatchObject({ connections: 100, perAddress });
});

test.each(["0", "-1", "1.5", "many", "1e400"])("--per-address %s is refused", (value) => {
  expect(() => limitsOf({ "per-address": value }, 1, {})).toThrow("--per-address must be a whole number of at least 1");
});
