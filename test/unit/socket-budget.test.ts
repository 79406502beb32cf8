/** What may go to one side of a WebSocket: by message, by second, and in all. */
import { describe, expect, test } from "vitest";
import { createBudget } from "../../worker/gateway/socket-budget.ts";

const LIMITS = { websocket_message: 10_000, websocket_rate: 10_000, websocket_bytes: 100_000 };

/** The rule that breaks, and after how many messages, of one every so many milliseconds. */
function sendMany(bytes: number, every: number, limits = LIMITS): readonly [rule: string, messages: number] {
  const spend = createBudget(limits, 0);
  for (let messages = 0; ; messages++) {
    const rule = spend(bytes, messages * every);
    if (rule !== undefined) return [rule, messages];
  }
}

describe("a side of a WebSocket gets", () => {
  test("no message that is too large", () => {
    expect(createBudget(LIMITS, 0)(10_001, 0)).toBe("socket_message_too_large");
    expect(createBudget(LIMITS, 0)(10_000, 0)).toBeUndefined();
  });

  test("four seconds of its rate at once, and no more", () => {
    const [rule, messages] = sendMany(872, 0);
    expect([rule, messages]).toEqual(["socket_too_fast", 40]);
  });

  test("messages at the rate, up to the limit of one socket", () => {
    expect(sendMany(872, 100)).toEqual(["socket_exhausted", 100]);
  });

  test("empty messages too, which also take memory while they wait", () => {
    expect(sendMany(0, 0)[0]).toBe("socket_too_fast");
    expect(sendMany(0, 1000)[0]).toBe("socket_exhausted");
  });

  test("no more because of a clock that goes back", () => {
    const spend = createBudget(LIMITS, 1_000_000);
    for (let turn = 0; turn < 4; turn++) expect(spend(9_872, 0)).toBeUndefined();
    expect(spend(9_872, 0)).toBe("socket_too_fast");
  });
});
