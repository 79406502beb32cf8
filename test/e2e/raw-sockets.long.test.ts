/**
 * Hostile requests over raw sockets: the upstream gets at most one request for each, the one that the gateway checked.
 * `npm test` sends them to the first of three ways to run the gateway.
 */
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cases } from "../cases.ts";
import { HOSTILE_REQUESTS, type HostileRequest } from "../vectors/hostile-requests.ts";
import { chainNow, proofFor, startWorld } from "./harness.ts";
import { type Arrival, type PrintUpstream, startPrintUpstream } from "./print-upstream.ts";
import { startSelfhostWorld } from "./selfhost-world.ts";

/** Milliseconds in which an answer must have begun, and in which another could follow it. */
const PATIENCE = 5000;
const QUIET = 150;
const AT_ONCE = 8;

interface Running {
  readonly url: string;
  connect(): Socket;
  stop(): Promise<void>;
}

function toUrl(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname);
}

/**
 * A body that does not go on is waited for longer than the test waits: else it would depend on the machine which is
 * over first.
 */
const configOf = (config: string, upstream: string): string =>
  config
    .replace(/(path = "\/orders\/\*"\nupstream = )"[^"]+"/, `$1"${upstream}"`)
    .replace("[gateway]\n", "[gateway]\nbody_idle_timeout = 14\n");

async function startSelfhost(upstream: string, isFront: boolean): Promise<Running> {
  const { world, workerd, end } = await startSelfhostWorld("selfhost-raw", {
    edit: (text) => configOf(text, upstream),
  });
  const { url } = world;
  return { url, connect: () => (isFront ? toUrl(url) : connect(workerd.address)), stop: end };
}

const STARTS = {
  local: async (upstream: string): Promise<Running> => {
    const { url, stop } = await startWorld({ edit: (config) => configOf(config, upstream) });
    return { url, connect: () => toUrl(url), stop };
  },
  // As workerd runs alone, and as `npm run selfhost` runs it.
  selfhosted: (upstream: string): Promise<Running> => startSelfhost(upstream, false),
  front: (upstream: string): Promise<Running> => startSelfhost(upstream, true),
} as const;
const WAYS = ["local", "selfhosted", "front"] as const;

const pathOf = (index: number): string => `/orders/case-${index}`;

async function written({ method, raw }: HostileRequest, path: string, url: string): Promise<Buffer> {
  const chain = await chainNow();
  const auth = `Authorization: DPoP ${chain}\r\nDPoP: ${await proofFor({ url }, chain, { method, path })}\r\n`;
  const text = raw.replaceAll("{path}", path).replaceAll("{host}", new URL(url).host).replaceAll("{auth}", auth);
  return Buffer.from(text, "latin1");
}

/** Everything that comes back until the gateway closes, or is silent. */
function send(octets: Buffer, socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("connect", () => socket.write(octets));
    const over = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(PATIENCE, over);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (statusesOf(text).length > 0) socket.setTimeout(QUIET);
    });
    socket.on("error", over).on("close", over);
  });
}

async function campaign({ url, connect }: Running): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const waiting = [...HOSTILE_REQUESTS.entries()];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, request] = next;
      answers.set(request.name, await send(await written(request, pathOf(index), url), connect()));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return answers;
}

const statusesOf = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status)).filter((status) => status !== 100);

describe.each(WAYS.slice(0, cases(WAYS.length)))("the gateway, %s,", (kind) => {
  let upstream: PrintUpstream;
  let running: Running;
  let answers: Map<string, string>;
  beforeAll(async () => {
    upstream = await startPrintUpstream();
    running = await STARTS[kind](upstream.url);
    answers = await campaign(running);
  }, 120_000);
  afterAll(async () => {
    await running.stop();
    await upstream.stop();
  });

  test.each(HOSTILE_REQUESTS.map((request, index) => [request.name, request, index] as const))(
    "is sent %s",
    (_, request, index) => {
      const text = answers.get(request.name) ?? "";
      const statuses = statusesOf(text);
      expect(statuses[0] ?? "none").toBe(request.answers[kind]);

      // One request that was allowed is one that arrives; what was refused does not arrive whole.
      const arrived = upstream.arrivals.filter(({ target }) => target === pathOf(index));
      const whole = arrived.filter(({ body }) => body !== undefined);
      const allowed = request.answers[kind] === 200 ? 1 : 0;
      expect(statuses.filter((status) => status === 200)).toHaveLength(allowed);
      expect(whole).toHaveLength(allowed);
      for (const each of arrived) expectJudged(each, request, pathOf(index));
      for (const { body, lines } of whole) {
        expect(body).toBe(request.body);
        // What arrived is what the answer is about.
        expect(text).toContain(headerOf(lines, "hop-decision"));
      }
    },
  );

  function expectJudged({ method, target, lines }: Arrival, request: HostileRequest, path: string): void {
    expect([method, target]).toEqual([request.method, path]);
    const names = lines.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => /^(content-length|transfer-encoding)$/.test(name)).length).toBeLessThanOrEqual(1);
    expect(headerOf(lines, "hop-subject")).toBe('"alice";iss="https://idp.acme.example"');
    expect(headerOf(lines, "host")).toBe(new URL(upstream.url).host);
    expect(JSON.stringify(lines)).not.toMatch(/root|smuggled|evil|6\.6\.6\.6|DELETE/);
  }

  test("forwards nothing that a case may not send, and nothing that is not a request", () => {
    expect(upstream.arrivals.filter(({ target }) => !/^\/orders\/case-\d+$/.test(target))).toEqual([]);
    expect(upstream.broken).toEqual([]);
  });
});

function headerOf(lines: readonly string[], name: string): string | undefined {
  const at = lines.findIndex((each, i) => i % 2 === 0 && each.toLowerCase() === name);
  return at === -1 ? undefined : lines[at + 1];
}
