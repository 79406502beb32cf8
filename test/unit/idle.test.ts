/** An upstream's body on its way back: whole if it came whole, and ended if it stops. */
import { describe, expect, test } from "vitest";
import { withIdleLimit } from "../../worker/gateway/idle.ts";

const utf8 = new TextEncoder();
/** Seconds. */
const LIMIT = 0.05;

/** An answer whose body comes in these pieces, and then ends or says nothing more. */
function answerOf(pieces: readonly string[], after: "ends" | "stops" | "breaks", length?: number): Response {
  const waiting = [...pieces];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = waiting.shift();
      if (piece !== undefined) return controller.enqueue(utf8.encode(piece));
      if (after === "ends") controller.close();
      else if (after === "breaks") controller.error(new Error("the connection broke"));
      else return new Promise(() => undefined);
    },
  });
  return new Response(body, {
    status: 201,
    headers: { "x-kept": "yes", ...(length !== undefined && { "content-length": String(length) }) },
  });
}

describe("a small body of known length", () => {
  test.each<[string, string[]]>([
    ["in one piece", ["hello world"]],
    ["in several", ["hello", " ", "world"]],
  ])("%s passes, with status, headers and length", async (_, pieces) => {
    const answer = await withIdleLimit(answerOf(pieces, "ends", 11), LIMIT);
    expect([answer.status, answer.headers.get("x-kept"), answer.headers.get("content-length")]).toEqual([
      201,
      "yes",
      "11",
    ]);
    expect(await answer.text()).toBe("hello world");
  });

  test("in one piece passes before its stream has ended, because it is complete", async () => {
    const answer = await withIdleLimit(answerOf(["hello world"], "stops", 11), LIMIT);
    expect(await answer.text()).toBe("hello world");
  });

  test("that never begins is answered as a time-out", async () => {
    await expect(withIdleLimit(answerOf([], "stops", 11), LIMIT)).rejects.toMatchObject({ rule: "upstream_timeout" });
  });

  test("that breaks before it begins is answered as an unreachable upstream", async () => {
    const broken = withIdleLimit(answerOf([], "breaks", 11), LIMIT);
    await expect(broken).rejects.toMatchObject({ rule: "upstream_unreachable" });
  });

  test("that stalls in the middle ends in an error", async () => {
    const answer = await withIdleLimit(answerOf(["hello"], "stops", 11), LIMIT);
    await expect(answer.text()).rejects.toThrow();
  });

  test("of no bytes is empty", async () => {
    expect(await (await withIdleLimit(answerOf([], "ends", 0), LIMIT)).text()).toBe("");
  });
});

describe("a body that may be long", () => {
  test.each([undefined, 1_000_000])("begins to pass before it is complete (length %s)", async (length) => {
    const answer = await withIdleLimit(answerOf(["x".repeat(1000)], "stops", length), LIMIT);
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    expect((await reader.read()).value?.length).toBe(1000);
    await expect(reader.read()).rejects.toThrow();
  });
});

test("an answer without a body, such as that of HEAD, keeps its Content-Length", async () => {
  const answer = await withIdleLimit(new Response(null, { headers: { "content-length": "11" } }), LIMIT);
  expect([answer.body, answer.headers.get("content-length")]).toEqual([null, "11"]);
});
