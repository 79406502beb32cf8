/** A gateway that other proxies ask by OpenID AuthZEN, and what they ask. */
import { expect } from "vitest";
import { KINDS, SECRETS } from "../../../local/asking-proxies.ts";
import { startAuthorizer } from "../authorizer-world.ts";
import { chainNow, proofFor, type World } from "../harness.ts";

export const EDGE = { url: KINDS.nginx.url };

export let world: World;
/** @returns what stops it */
export async function startAuthzenWorld(): Promise<() => Promise<void>> {
  world = await startAuthorizer({
    edit: (config) => `${config}
[[routes]]
id = "signed"
api = "orders-api"
path = "/signed"
upstream = "https://orders.acme.example"
audience = "https://orders.acme.example"
sensitivity = "low"
sign = true
methods = { GET = { action = "orders:read" } }
`,
  });
  return () => world.stop();
}

export interface Decided {
  readonly decision: boolean;
  readonly context: Readonly<Record<string, unknown>> & {
    readonly rule?: string;
    readonly headers?: Record<string, string>;
  };
}

export const AUTHENTICATED = { authorization: `Bearer ${SECRETS.PORTAL_SECRET}` };

export function ask(path: string, body: unknown, headers: Record<string, string> = AUTHENTICATED): Promise<Response> {
  return fetch(`${world.url}/access/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

export async function decided(body: unknown, headers?: Record<string, string>): Promise<Decided> {
  const answer = await ask("evaluation", body, headers);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
  return (await answer.json()) as Decided;
}

export async function decidedAll(body: unknown): Promise<Decided[]> {
  const answer = await ask("evaluations", body);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { evaluations: Decided[] }).evaluations;
}

export const person = (chain?: string) => ({
  type: "user",
  id: "alice",
  properties: { ...(chain !== undefined && { chain }) },
});
export const ACTION = { name: "orders:read", properties: { method: "GET" } };
export const order = (number: string) => ({
  type: "route",
  id: "orders",
  properties: { uri: `${EDGE.url}/orders/${number}` },
});

export async function good(number = "17") {
  const chain = await chainNow();
  const proof = await proofFor(EDGE, chain, { path: `/orders/${number}` });
  return { subject: person(chain), action: ACTION, resource: order(number), context: { proof } };
}
