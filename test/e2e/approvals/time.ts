/** When an approval expires. */
import { expect, test } from "vitest";
import { refusalOf, untilAfter } from "../harness.ts";
import { early, exportOrders } from "./given.ts";

export function testTime(): void {
  test("an approval counts no longer when it has expired", async () => {
    await untilAfter(early.expires);
    const refusal = await refusalOf(await exportOrders(early.chain, { "hop-approval": early.id }));
    expect(refusal.description).toContain("(approval_invalid)");
  });
}
