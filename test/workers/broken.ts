/**
 * The Worker as it is, where a request may name one of its stores that is down: every call of it rejects (`test-broken:
 * LEDGER`), or fails before there is a promise (`test-broken: LEDGER now`), in words that quote the request's own
 * credential.
 */
import type { Env } from "../../worker/env.ts";
import worker from "../../worker/index.ts";

export * from "../../worker/index.ts";

/** How a Durable Object is named, which calls nothing. */
const NAMING = ["getByName", "idFromName", "get"];

function broken(env: Env, name: keyof Env, now: boolean, quoted: string): Env {
  const fail = (): Promise<never> => {
    const error = new Error(`injected: ${name} is down, asked by ${quoted}`);
    if (now) throw error;
    return Promise.reject(error);
  };
  const naming = "idFromName" in (env[name] as object) ? NAMING : [];
  const down = new Proxy({}, { get: (_, method) => (naming.includes(String(method)) ? () => down : fail) });
  return { ...env, [name]: down } as Env;
}

export default {
  fetch: (request, env, ctx) => {
    const [name, now] = (request.headers.get("test-broken") ?? "").split(" ");
    if (!name) return worker.fetch(request, env, ctx);
    return worker.fetch(
      request,
      broken(env, name as keyof Env, now === "now", String(request.headers.get("authorization"))),
      ctx,
    );
  },
  queue: worker.queue,
} satisfies ExportedHandler<Env, never>;
