/**
 * Input from strangers costs at most linear work: each endpoint gets its worst input at its limit of size, and a small
 * one of the same form in the same run. No other test compares times. The margin is wide: linear work takes a hundredth
 * of what quadratic work would.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWorld, type World } from "../e2e/harness.ts";

/** How much larger the worst input is. Quadratic work would take 256 times as long. */
const LARGER = 16;
/** Times by which linear work may look slower than it is: collections of garbage, other processes of the machine. */
const MARGIN = 4;
/** Milliseconds of a request that costs nothing: small times are compared as if they were so long. */
const FLOOR = 2;
const ROUNDS = 7;

let world: World;
const rows: object[] = [];
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.stop();
  console.info(rows.map((row) => JSON.stringify(row)).join("\n"));
});

interface Asked {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
}

async function milliseconds({ path, headers, body, method = body === undefined ? "GET" : "POST" }: Asked) {
  const began = performance.now();
  const answer = await fetch(world.url + path, {
    method,
    headers: { origin: world.url, ...headers },
    ...(body !== undefined && { body }),
    redirect: "manual",
  });
  await answer.arrayBuffer();
  expect(answer.status).toBeGreaterThanOrEqual(300);
  expect(answer.status).toBeLessThan(500);
  return performance.now() - began;
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1] as number;
}

const base64url = (text: string): string => Buffer.from(text).toString("base64url");
/** Text of `length` characters, of one piece again and again. */
const filled = (piece: string, length: number): string =>
  piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
const jws = (payload: string, header = '{"alg":"EdDSA","typ":"at+jwt"}'): string =>
  `${base64url(header)}.${base64url(payload)}.${"A".repeat(86)}`;
const form = (text: string): Pick<Asked, "headers" | "body"> => ({
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: text,
});
const chain = (text: string, dpop = "x"): Asked => ({
  path: "/orders/17",
  headers: { authorization: `DPoP ${text}`, dpop },
});
const client = "client_id=x&client_secret=y";

/** Names, each another. */
const names = (length: number, between: string): string => {
  const list: string[] = [];
  for (let size = 0, i = 0; size < length; i++) {
    const name = i.toString(36);
    list.push(name);
    size += name.length + between.length;
  }
  return list.join(between);
};
const members = (length: number): string =>
  `{${names(length / 2, ",")
    .split(",")
    .map((name) => `"${name}":0`)
    .join(",")}}`.slice(0, Math.max(length, 2));

/** By endpoint and input: the limit in bytes, and what is sent at a size. */
const CASES: readonly [string, number, (size: number) => Asked][] = [
  ["a chain of dots", 15_000, (size) => chain(filled(".", size))],
  ["a chain of tildes", 15_000, (size) => chain(filled("~", size))],
  ["a chain of empty hops", 15_000, (size) => chain(filled("e30.e30.AA~", size))],
  ["a chain with nested claims", 11_000, (size) => chain(jws(filled('{"a":', size)))],
  ["a chain with nested lists", 11_000, (size) => chain(jws(filled("[", size)))],
  ["a chain with many claims", 11_000, (size) => chain(jws(members(size)))],
  ["a chain with escapes", 11_000, (size) => chain(jws(`{"a":"${filled('\\"', size)}"}`))],
  ["a proof with many claims", 11_000, (size) => chain("e30.e30.AA", jws(members(size), '{"typ":"dpop+jwt"}'))],
  [
    "an authorization of spaces",
    15_000,
    (size) => ({ path: "/orders/17", headers: { authorization: `A ${filled(" ", size)}x\ty` } }),
  ],
  ["a traceparent", 15_000, (size) => ({ path: "/orders/17", headers: { traceparent: filled("0", size) } })],
  ["a path of segments", 7_000, (size) => ({ path: filled("/a", size) })],
  ["a path of escapes", 7_000, (size) => ({ path: `/orders/${filled("%41", size)}` })],
  [
    "an emergency of escapes",
    15_000,
    (size) => ({ ...chain("e30"), headers: { ...chain("e30").headers, "hop-break-glass": `"${filled('\\"', size)}` } }),
  ],
  [
    "/mcp: a string of escaped quotes",
    250_000,
    (size) => ({
      ...chain("x"),
      path: "/mcp",
      headers: { ...chain("x").headers, "content-type": "application/json" },
      body: `{"a":"${filled('\\"', size)}"}`,
    }),
  ],
  [
    "/mcp: open brackets",
    250_000,
    (size) => ({
      ...chain("x"),
      path: "/mcp",
      headers: { ...chain("x").headers, "content-type": "application/json" },
      body: filled("[", size),
    }),
  ],
  [
    "/mcp: many members",
    250_000,
    (size) => ({
      ...chain("x"),
      path: "/mcp",
      headers: { ...chain("x").headers, "content-type": "application/json" },
      body: members(size),
    }),
  ],
  ["/oauth/token: many parameters", 260_000, (size) => ({ path: "/oauth/token", ...form(names(size, "&")) })],
  [
    "/oauth/token: percent signs",
    260_000,
    (size) => ({ path: "/oauth/token", ...form(`${client}&a=${filled("%", size)}`) }),
  ],
  [
    "/oauth/token: an assertion",
    250_000,
    (size) => ({
      path: "/oauth/token",
      ...form(
        `client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=${jws(filled('{"a":', size / 2))}`,
      ),
    }),
  ],
  [
    "/oauth/token: a Basic credential",
    15_000,
    (size) => ({
      path: "/oauth/token",
      ...form("grant_type=x"),
      headers: { ...form("").headers, authorization: `Basic ${filled("A", size)}` },
    }),
  ],
  [
    "/oauth/token: a proof",
    15_000,
    (size) => ({ path: "/oauth/token", ...form(client), headers: { ...form("").headers, dpop: filled("e30.", size) } }),
  ],
  [
    "/oauth/introspect: a token of tildes",
    250_000,
    (size) => ({ path: "/oauth/introspect", ...form(`${client}&token=${filled("~", size)}`) }),
  ],
  [
    "/events: a token with many claims",
    64_000,
    (size) => ({
      path: "/events",
      headers: { "content-type": "application/secevent+jwt" },
      body: jws(members((size * 3) / 5)),
    }),
  ],
  [
    "/events: nested lists",
    64_000,
    (size) => ({
      path: "/events",
      headers: { "content-type": "application/secevent+jwt" },
      body: jws(filled("[", (size * 7) / 10)),
    }),
  ],
  ["/console/sign-in: many fields", 16_000, (size) => ({ path: "/console/sign-in", ...form(names(size, "&")) })],
  [
    "/console/sign-in: a token",
    16_000,
    (size) => ({ path: "/console/sign-in", ...form(`token=${filled("a", size)}`) }),
  ],
  ["/console: cookies", 15_000, (size) => ({ path: "/console/decisions", headers: { cookie: names(size, "=; ") } })],
  [
    "/console: a bearer token",
    15_000,
    (size) => ({ path: "/console/decisions", headers: { authorization: `Bearer ${filled("-", size)}!` } }),
  ],
  [
    "/admin: a bearer token",
    15_000,
    (size) => ({ path: "/admin/clients", headers: { authorization: `Bearer ${filled("=", size)}` } }),
  ],
];

describe("costs at most linear work", () => {
  test.each(CASES)("%s", async (what, limit, ask) => {
    const [small, worst] = [ask(Math.floor(limit / LARGER)), ask(limit)];
    const times: Record<"small" | "worst", number[]> = { small: [], worst: [] };
    // The first round is not counted: code is compiled, connections are made.
    for (let round = 0; round <= ROUNDS; round++) {
      const [a, b] = [await milliseconds(small), await milliseconds(worst)];
      if (round === 0) continue;
      times.small.push(a);
      times.worst.push(b);
    }
    const [few, many] = [median(times.small), median(times.worst)];
    rows.push({
      input: what,
      bytes: limit,
      small: few.toFixed(2),
      worst: many.toFixed(2),
      ratio: (many / few).toFixed(1),
    });
    expect(many).toBeLessThan(Math.max(few, FLOOR) * LARGER * MARGIN);
  });
});
