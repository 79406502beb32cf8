/** Ending and reopening tasks, for operators. */
import { Hono, type MiddlewareHandler } from "hono";
import * as v from "valibot";
import type { RevocationLimits } from "../revocation/limits.ts";
import { keysNamed, type RevocationName, RevocationRefused, readRevocationName } from "../revocation/name.ts";
import { keepAct } from "./act.ts";
import type { Console, ConsoleContext, ConsoleEnv } from "./edges.ts";
import { mayOperate } from "./member.ts";
import { refuse } from "./refuse.ts";

export const Reason = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(300));
const Ending = v.object({ reason: Reason });

export const operatorsOnly: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  if (mayOperate(c.var.member, c.var.console.config.console)) return next();
  return refuse(c, 403, "only operators may revoke");
};

export function operatorRoutes(): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();
  app.post("/tasks/:task/end", operatorsOnly, (c) => changeTask(c, c.req.param("task"), revoke));
  app.post("/tasks/:task/reopen", operatorsOnly, (c) => changeTask(c, c.req.param("task"), reopen));
  return app;
}

type Change = (c: ConsoleContext, name: RevocationName, why: string) => Promise<void>;

async function changeTask(c: ConsoleContext, task: string, change: Change): Promise<Response> {
  const form = v.safeParse(Ending, await c.req.parseBody());
  if (!form.success) return refuse(c, 400, "a reason is needed");
  let name: RevocationName;
  try {
    name = readRevocationName({ kind: "task", task });
  } catch (error) {
    if (error instanceof RevocationRefused) return refuse(c, 400, error.message);
    throw error;
  }
  await change(c, name, form.output.reason);
  return c.redirect(`/console/tasks/${task}`);
}

/** Revokes what is named, and records who did it. */
export async function revoke(
  c: ConsoleContext,
  name: RevocationName,
  why: string,
  limits: RevocationLimits = {},
): Promise<void> {
  const { console: edges, member } = c.var;
  await edges.revoke(keysOf(name, edges), `${why} (${member.sub})`, limits);
  edges.tellRevoked(name, why);
  keepAct(edges, member, "revoked", { ...name, reason: why, ...limits }, taskOf(name));
}

async function reopen(c: ConsoleContext, name: RevocationName, why: string): Promise<void> {
  const { console: edges, member } = c.var;
  await edges.lift(keysOf(name, edges), `${why} (${member.sub})`);
  keepAct(edges, member, "reopened", { ...name, reason: why }, taskOf(name));
}

function keysOf(name: RevocationName, { config, sha256 }: Console): string[] {
  return keysNamed(name, config.gateway.id, sha256);
}

/** Whose ledger records the act; undefined for the ledger of the day. */
function taskOf(name: RevocationName): string | undefined {
  return name.kind === "task" ? name.task : undefined;
}
