/**
 * Server-sent events (WHATWG HTML, section 9.2) that pass through: each message is inspected, everything else is
 * unchanged.
 */

/** Most characters of one event, which is kept until it is complete. */
const MOST = 4 * 1024 * 1024;

const encoder = new TextEncoder();

export interface PassedEvents {
  readonly body: ReadableStream<Uint8Array>;
  /** Ends the stream for both sides. @param last the message to end with, if any */
  end(last: string | undefined): void;
  /** Writes a comment, which the client ignores: only a write shows that a client has left. */
  probe(): void;
}

/**
 * @param map maps the `data` of a message
 * @param over called once, when either side has ended the stream
 */
export function passEvents(
  body: ReadableStream<Uint8Array>,
  map: (data: string) => Promise<string>,
  over: () => void,
): PassedEvents {
  const reader = body.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  let rest = "";
  /** Characters that are known to contain no end of an event. */
  let looked = 0;
  let isOver = false;
  let controller: ReadableStreamDefaultController<Uint8Array>;

  function finish(): void {
    isOver = true;
    over();
  }
  function end(last: string | undefined): void {
    if (isOver) return;
    finish();
    if (last !== undefined) controller.enqueue(encoder.encode(`data: ${last}\n\n`));
    controller.close();
    void reader.cancel().catch(() => undefined);
  }
  function probe(): void {
    // Unread data shows as much as a comment would.
    if (!isOver && (controller.desiredSize ?? -1) >= 0) controller.enqueue(encoder.encode(":\n\n"));
  }
  /** Reads until there is something to pass on. */
  async function pull(): Promise<void> {
    while (!isOver) {
      const { done, value } = await reader.read();
      if (isOver) return;
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const { events, rest: left } = splitEvents(rest, looked);
      [rest, looked] = [left, left.length];
      if (rest.length > MOST) throw new Error(`an event has more than ${MOST} characters`);
      const passed: string[] = [];
      for (const event of events) passed.push(await mapEvent(event, map));
      if (isOver) return;
      if (passed.length > 0) controller.enqueue(encoder.encode(passed.join("")));
      if (done) {
        finish();
        // An incomplete event has no meaning, and is not passed on (section 9.2.6).
        controller.close();
      }
      if (done || passed.length > 0) return;
    }
  }

  const passed = new ReadableStream<Uint8Array>(
    {
      start: (each) => {
        controller = each;
      },
      pull: () =>
        pull().catch((cause: unknown) => {
          if (!isOver) finish();
          void reader.cancel(cause).catch(() => undefined);
          throw cause;
        }),
      cancel: (reason) => {
        if (!isOver) finish();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { body: passed, end, probe };
}

/**
 * Complete events, each with the empty line that ends it. A carriage return at the end may be half of a line ending.
 *
 * @param looked number of characters that are known to contain no end of an event
 */
export function splitEvents(text: string, looked = 0): { readonly events: readonly string[]; readonly rest: string } {
  const events: string[] = [];
  let start = 0;
  const ends = /(?:\r\n|\n|\r(?!\n|$)){2}/g;
  // Two line endings have at most four characters.
  ends.lastIndex = Math.max(0, looked - 3);
  while (ends.exec(text) !== null) {
    events.push(text.slice(start, ends.lastIndex));
    start = ends.lastIndex;
  }
  return { events, rest: text.slice(start) };
}

async function mapEvent(event: string, map: (data: string) => Promise<string>): Promise<string> {
  const lines = event.split(/\r\n|\n|\r/);
  const isData = (line: string): boolean => /^data(:|$)/.test(line);
  const data = lines.filter(isData).map((line) => line.replace(/^data(?:: ?)?/, ""));
  const text = data.join("\n");
  if (text === "") return event;
  const mapped = await map(text);
  if (mapped === text) return event;
  // `JSON.stringify` writes no line endings.
  const others = lines.filter((line) => line !== "" && !isData(line));
  return [...others, `data: ${mapped}`, "", ""].join("\n");
}
