/** Failures that anybody can cause any number of times: each is counted, in few lines of the log. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HalfSent, halfSend } from "./half-sent.ts";
import { eventually, startWorld, type World } from "./harness.ts";

const MANY = 40;

let world: World;
const lines: string[] = [];
beforeAll(async () => {
  world = await startWorld({
    gatewayKeys: [],
    withoutPolicies: true,
    log: (line) => lines.push(line),
    edit: (config) =>
      config.replace("[gateway]\n", "[gateway]\nmax_in_flight = 1\nbody_timeout = 600\nbody_idle_timeout = 600\n"),
  });
});
afterAll(() => world.stop());

interface Counted {
  readonly event: string;
  readonly count: number;
  readonly decision: string;
}

/** The lines of an event once they stand for so many failures. */
function toldOf(event: string, count: number): Promise<Counted[]> {
  const read = async (): Promise<Counted[]> =>
    lines
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Counted)
      .filter((line) => line.event === event);
  return eventually(read, (told) => told.reduce((sum, line) => sum + line.count, 0) >= count);
}

async function askMany(path: string): Promise<void> {
  for (let turn = 0; turn < MANY; turn++)
    expect((await fetch(world.url + path, { redirect: "manual" })).status).toBe(503);
}

test.each([
  ["a gateway that is not ready", "/readyz", "readiness_failed", { about: { problems: expect.any(Array) } }],
  [
    "a sign-in while there is no signing key",
    "/console/sign-in/oidc",
    "sign_in_failed",
    { rule: "signing_unavailable" },
  ],
])("%s logs all its refusals in few lines", async (_, path, event, told) => {
  await askMany(path);
  const counted = await toldOf(event, MANY);
  expect(counted.reduce((sum, { count }) => sum + count, 0)).toBe(MANY);
  expect(counted.length).toBeLessThan(MANY / 2);
  for (const line of counted) expect(line).toMatchObject({ status: 503, ...told });
});

test("a gateway that is busy logs all its refusals in few lines", async () => {
  const holding: HalfSent[] = [];
  // One of them holds the one place once another request is refused.
  await eventually(
    async () => {
      holding.push(halfSend({ url: world.url, path: "/console/sign-in" }));
      return (await fetch(`${world.url}/readyz`)).json() as Promise<{ rule?: string }>;
    },
    ({ rule }) => rule === "gateway_busy",
  );
  const answers = await Promise.all(Array.from({ length: MANY }, () => fetch(`${world.url}/events`)));
  const decisions = await Promise.all(answers.map(async (each) => (await each.json()) as { decision: string }));
  expect(answers.map(({ status }) => status)).toEqual(Array(MANY).fill(503));
  for (const one of holding) one.leave();
  const counted = await toldOf("request_failed", MANY + 1);
  expect(counted.length).toBeLessThan(MANY / 2);
  for (const line of counted) expect(line).toMatchObject({ rule: "gateway_busy", status: 503 });
  expect(decisions.map(({ decision }) => decision)).toContain(counted.at(-1)?.decision);
});
