/** Requests a second for which a proxy asks the gateway, against the same requests through the gateway. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { type Company, NAMES, serviceChain } from "../demo/company.ts";
import { EXAMPLES, GATEWAY_PORT, KINDS, SECRETS, startNginx, UPSTREAM_PORT } from "../local/asking-proxies.ts";
import { freePort } from "../local/free-port.ts";
import { type BenchCase, report } from "./compare.ts";
import { checkForwarded, SEEN } from "./guarantees.ts";
import { withOrigin } from "./hopgate.ts";
import type { LoadRequest } from "./load.ts";
import { withScene } from "./scene.ts";
import { signedRequest, signedRequests } from "./signed.ts";
import { throughput } from "./throughput.ts";
import { isOrder } from "./upstream.ts";

export const AUTHORIZER = "authorizer";
const CONNECTIONS = 16;
const { NGINX_SECRET, PORTAL_SECRET } = SECRETS;

export function authorizer(rounds: number, count = 1000): Promise<BenchCase[]> {
  return withScene(async ({ company, upstream, startAnother }) => {
    const edge = `http://127.0.0.1:${await freePort()}`;
    const gateway = await startAnother({
      configure: (config) => askedBy(edge, config),
      secrets: { NGINX_SECRET, PORTAL_SECRET },
    });
    const { origin, pid } = gateway;
    const signed = (of: string, number = count) =>
      signedRequests({ company, origin: of, count: number, perTask: number });
    await checkAnswers(company, origin, edge);
    const nginx = await startNginx(edge, await nginxConfig({ edge, gateway: origin, upstream: upstream.origin }));
    try {
      await checkForwarded(edge, await signedRequest(company, edge, await serviceChain(company), SEEN));
      const measured = await throughput(
        {
          "through the gateway": { origin, pid, requests: () => signed(origin) },
          "behind nginx": { origin: edge, requests: () => signed(edge) },
          subrequest: {
            origin,
            pid,
            requests: async () => (await signed(edge)).map((request) => asked(request, edge)),
            isRight: (text) => text === "",
          },
          AuthZEN: {
            origin,
            pid,
            requests: async () => (await signed(edge)).map((request) => evaluation(request, edge)),
            isRight: (text) => text.startsWith('{"decision":true,'),
          },
        },
        isOrder,
        CONNECTIONS,
        rounds,
      );
      const { "through the gateway": proxied = [], ...asking } = measured;
      const note = `${CONNECTIONS} connections, one task, chain of 3 hops, DPoP, on record; all by one gateway, load, upstream and nginx on the same machine`;
      return Object.entries(asking).map(([name, values]) => {
        const pair = { [name]: values, "through the gateway": proxied };
        return report(
          `${AUTHORIZER}-${name.replace("behind ", "").toLowerCase()}`,
          "requests/s",
          "more",
          pair,
          name,
          note,
        );
      });
    } finally {
      await nginx.stop();
    }
  });
}

/** The company's configuration, where nginx and a client of AuthZEN may ask for requests to another origin. */
function askedBy(edge: string, config: string): string {
  const proxy = (name: string, kind: string): string =>
    `[[authorizer.proxies]]\nname = "${name}"\nkind = "${kind}"\nsecret = "${name.toUpperCase()}_SECRET"\n`;
  return `${withOrigin(edge, config)}\n${proxy("nginx", "nginx")}\n${proxy("portal", "authzen")}`;
}

interface Origins {
  readonly edge: string;
  readonly gateway: string;
  readonly upstream: string;
}

/** The example with other addresses. */
async function nginxConfig({ edge, gateway, upstream }: Origins): Promise<string> {
  const example = await readFile(join(EXAMPLES, "nginx.conf"), "utf8");
  return example
    .replace(new URL(KINDS.nginx.url).host, new URL(edge).host)
    .replace(`http://127.0.0.1:${GATEWAY_PORT}`, gateway)
    .replace(`http://127.0.0.1:${UPSTREAM_PORT}`, upstream);
}

/** As nginx asks. */
function asked({ method, path, headers }: LoadRequest, edge: string): LoadRequest {
  const original = { "x-original-method": method, "x-original-host": new URL(edge).host, "x-original-uri": path };
  return { method, path: "/authorize", headers: { ...headers, ...original, "hop-authorizer": NGINX_SECRET } };
}

function evaluation({ method, path, headers }: LoadRequest, edge: string): LoadRequest {
  const chain = (headers["authorization"] ?? "").replace("DPoP ", "");
  const body = JSON.stringify({
    subject: { type: "user", id: NAMES.person, properties: { chain } },
    action: { name: "orders:read", properties: { method } },
    resource: { type: "route", id: "orders", properties: { uri: edge + path } },
    context: { proof: headers["dpop"] },
  });
  const authenticated = { authorization: `Bearer ${PORTAL_SECRET}`, "content-type": "application/json" };
  return { method: "POST", path: "/access/v1/evaluation", headers: authenticated, body };
}

/** Both give the narrowed token once, and refuse a proof that was used. @throws AssertionError that says what does not hold */
async function checkAnswers(company: Company, origin: string, edge: string): Promise<void> {
  const [first, second] = (await signedRequests({ company, origin: edge, count: 2, perTask: 2 })) as [
    LoadRequest,
    LoadRequest,
  ];
  const send = ({ method, path, headers, body }: LoadRequest): Promise<Response> =>
    fetch(origin + path, { method, headers, ...(body !== undefined && { body }) });
  const check = (credential: string | null | undefined): void => {
    const claims = decodeJwt((credential ?? "").replace("Bearer ", ""));
    assert.deepEqual([claims.sub, claims.aud, claims["scope"]], [NAMES.person, NAMES.orders, "orders:read"]);
  };
  const subrequest = await send(asked(first, edge));
  assert.equal(subrequest.status, 200, await subrequest.text());
  check(subrequest.headers.get("authorization"));
  assert.equal((await send(asked(first, edge))).status, 401, "a proof is taken once");
  const decide = async (request: LoadRequest) =>
    (await (await send(evaluation(request, edge))).json()) as {
      decision: boolean;
      context: { headers?: Record<string, string> };
    };
  const decided = await decide(second);
  assert.equal(decided.decision, true, JSON.stringify(decided));
  check(decided.context.headers?.["authorization"] ?? decided.context.headers?.["Authorization"]);
  assert.equal((await decide(second)).decision, false, "a proof is taken once");
}
