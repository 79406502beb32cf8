/** Server-sent events: whatever way they are cut and end their lines, each message is looked at once. */
import { describe, expect, test } from "vitest";
import { passEvents, splitEvents } from "../../../worker/mcp/events.ts";

const streamOf = (chunks: readonly string[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });

async function passed(chunks: readonly string[]): Promise<{ text: string; seen: string[] }> {
  const seen: string[] = [];
  const { body } = passEvents(
    streamOf(chunks),
    async (data) => {
      seen.push(data);
      return data === "hide" ? '{"hidden":true}' : data;
    },
    () => undefined,
  );
  return { text: await new Response(body).text(), seen };
}

describe.each(["\n", "\r\n", "\r"])("lines that end with %j", (end) => {
  const text = `: hello${end}${end}id: 1${end}event: message${end}data: one${end}${end}data:hide${end}id: 2${end}${end}`;
  test("pass unchanged, except for mapped messages", async () => {
    const { text: told, seen } = await passed([text, end]);
    expect(seen).toEqual(["one", "hide"]);
    expect(told.startsWith(text.slice(0, text.indexOf("data:hide")))).toBe(true);
    expect(told).toContain('id: 2\ndata: {"hidden":true}\n\n');
  });
  test("are parsed the same wherever the stream is cut", async () => {
    const { seen } = await passed([...text, end]);
    expect(seen).toEqual(["one", "hide"]);
  });
});

test("a message on several lines is one", async () => {
  expect((await passed(["data: a\ndata: b\n\n"])).seen).toEqual(["a\nb"]);
});

test("an incomplete event is not passed on", async () => {
  expect(await passed(["data: a\n\ndata: b\n"])).toEqual({ text: "data: a\n\n", seen: ["a"] });
});

test("characters that were searched are not searched again", () => {
  expect(splitEvents("data: a\n\ndata", 7)).toEqual({ events: ["data: a\n\n"], rest: "data" });
  expect(splitEvents("data: a\n\n", 8).events).toEqual(["data: a\n\n"]);
});

test("when the gateway ends it, the client gets a last message, and the server's side ends too", async () => {
  let isCancelled = false;
  let ends = 0;
  const upstream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("data: a\n\n")),
    cancel: () => {
      isCancelled = true;
    },
  });
  const { body, end } = passEvents(
    upstream,
    async (data) => data,
    () => {
      ends += 1;
    },
  );
  const reader = body.getReader();
  const next = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
  expect(await next()).toBe("data: a\n\n");
  const last = next();
  end("bye");
  expect(await last).toBe("data: bye\n\n");
  expect((await reader.read()).done).toBe(true);
  expect([isCancelled, ends]).toEqual([true, 1]);
});

test("a comment is sent between events to a client that waits, and not to one with unread data", async () => {
  let server: ReadableStreamDefaultController<Uint8Array> | undefined;
  const upstream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      server = controller;
    },
  });
  const { body, end, probe } = passEvents(
    upstream,
    async (data) => data,
    () => undefined,
  );
  const reader = body.getReader();
  const next = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
  const comment = next();
  server?.enqueue(new TextEncoder().encode("data: half"));
  probe();
  expect(await comment).toBe(":\n\n");
  probe();
  probe();
  server?.enqueue(new TextEncoder().encode(" a\n\n"));
  expect([await next(), await next()]).toEqual([":\n\n", "data: half a\n\n"]);
  end(undefined);
  probe();
  expect((await reader.read()).done).toBe(true);
});
