/** What an upstream gets is what docs/reference/headers-and-claims.md lists. */
import { decodeJwt } from "jose";
import { beforeAll, expect, test } from "vitest";
import { NARROWED_CLAIMS, UPSTREAM_HEADERS } from "../../local/reference/headers.ts";
import { call, seenBy, type World } from "./harness.ts";
import { sharedWorld } from "./shared-world.ts";

let world: World;
beforeAll(async () => {
  world = await sharedWorld();
});

test("every claim of the narrowed token, and every header that the gateway adds, is on the page", async () => {
  const { headers } = await seenBy(await call(world));
  const token = (headers["authorization"] as string).replace("Bearer ", "");
  expect(Object.keys(NARROWED_CLAIMS)).toEqual(expect.arrayContaining(Object.keys(decodeJwt(token))));
  const added = Object.keys(headers).filter((name) =>
    /^(hop-|authorization|traceparent|signature|txn-token)/.test(name),
  );
  const listed = Object.keys(UPSTREAM_HEADERS).map((name) => name.toLowerCase());
  expect(added).toContain("hop-decision");
  expect(listed).toEqual(expect.arrayContaining(added));
});
