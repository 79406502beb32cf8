/** OpenID AuthZEN Authorization API 1.0: evaluation, evaluations, metadata (docs/authorizer.md). */
import { type Context, Hono } from "hono";
import type { AskingProxy } from "../config.ts";
import { readRequest } from "../content.ts";
import { HopError } from "../errors.ts";
import { askingProxy, SECRET_HEADER } from "../gateway/asking-proxy.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { type Origins, originOf } from "../http/origins.ts";
import { failureOf } from "../rules.ts";
import { type Asked, type Evaluated, evaluate, evaluateAll } from "./evaluate.ts";
import { EvaluationError, readEvaluation, readEvaluations } from "./evaluation.ts";

/** Bytes: 32 evaluations, of which each has a chain. */
const MOST = 1_048_576;

const EVALUATION = "/access/v1/evaluation";
const EVALUATIONS = "/access/v1/evaluations";

/** @param origins of the gateway; the metadata exists if the configuration lets a proxy ask */
export function authzenApp(
  gatewayOf: (c: Context) => Promise<Gateway>,
  origins: Origins,
  proxies: readonly AskingProxy[],
): Hono {
  const app = new Hono();
  app.post(EVALUATION, (c) =>
    serve(c, gatewayOf, async (body, asked, gateway) => one(await evaluate(readEvaluation(body), asked, gateway))),
  );
  app.post(EVALUATIONS, (c) =>
    serve(c, gatewayOf, async (body, asked, gateway) => {
      const { semantics, evaluations } = readEvaluations(body);
      if (semantics === undefined) return one(await evaluate(evaluations[0], asked, gateway));
      const done = await evaluateAll(evaluations, semantics, asked, gateway);
      return Response.json({ evaluations: done.map(decisionOf) });
    }),
  );
  if (proxies.some(({ kind }) => kind === "authzen"))
    app.get("/.well-known/authzen-configuration", (c) => metadata(c, origins));
  return app;
}

function metadata(c: Context, origins: Origins): Response {
  const own = originOf(new URL(c.req.url), origins) ?? origins[0];
  return c.json(
    {
      policy_decision_point: own,
      access_evaluation_endpoint: own + EVALUATION,
      access_evaluations_endpoint: own + EVALUATIONS,
    },
    200,
    { "cache-control": "public, max-age=300" },
  );
}

type Serve = (body: Uint8Array, asked: Asked, gateway: Gateway) => Promise<Response>;

/**
 * Authenticates first: the body of a call is read only if its sender may ask. Errors of the call itself are text
 * (section "Error Responses").
 */
async function serve(c: Context, gatewayOf: (c: Context) => Promise<Gateway>, answer: Serve): Promise<Response> {
  const request = c.req.raw;
  const id = request.headers.get("x-request-id");
  const response = await asking(request, await gatewayOf(c), answer);
  response.headers.set("cache-control", "no-store");
  if (id !== null) response.headers.set("x-request-id", id);
  return response;
}

async function asking(request: Request, gateway: Gateway, answer: Serve): Promise<Response> {
  const asked = askedBy(request, gateway);
  if (asked === undefined)
    return problem(401, new HopError("authorizer_untrusted").message, { "www-authenticate": "Bearer" });
  const [type] = (request.headers.get("content-type") ?? "").split(";");
  if (type?.trim().toLowerCase() !== "application/json") return problem(400, "`Content-Type` must be application/json");
  try {
    const body = await readRequest(request, MOST, gateway.config.gateway);
    if (body === undefined) return problem(413, `the body has more than ${MOST} bytes`);
    return await answer(body, asked, gateway);
  } catch (error) {
    if (error instanceof EvaluationError) return problem(400, error.message);
    if (error instanceof HopError) return problem(failureOf(error.rule).status, error.message);
    throw error;
  }
}

/** Headers with a caller's credentials, which a proxy may send instead of `subject.properties.chain`. */
const CREDENTIALS = ["authorization", "dpop", "txn-token", "workload-identity-token", "workload-proof-token"];

/**
 * Identifies the proxy by its secret in `Hop-Authorizer` or as `Bearer`, or by its certificate. An `Authorization` that
 * is not the proxy's is the caller's.
 */
function askedBy(request: Request, gateway: Gateway): Asked | undefined {
  const { headers, url } = request;
  const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  const byHeader = askingProxy(request, headers.get(SECRET_HEADER), gateway);
  const proxy = byHeader ?? (bearer === undefined ? undefined : askingProxy(request, bearer, gateway));
  if (proxy?.kind !== "authzen") return undefined;
  const credentials = new Headers();
  for (const name of byHeader === undefined ? [] : CREDENTIALS) {
    const value = headers.get(name);
    if (value !== null) credentials.set(name, value);
  }
  return { proxy: proxy.name, credentials, url };
}

/** A failure of the gateway is not a decision. */
function one(evaluated: Evaluated): Response {
  const { status, message = "" } = evaluated;
  return status >= 500 ? problem(status, message) : Response.json(decisionOf(evaluated));
}

const decisionOf = ({ decision, context }: Evaluated): object => ({ decision, context });

function problem(status: number, message: string, headers: Record<string, string> = {}): Response {
  return new Response(message, { status, headers: { ...headers, "content-type": "text/plain; charset=utf-8" } });
}
