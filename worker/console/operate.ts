/** Ending and reopening tasks, for operators. */
import { Hono, type MiddlewareHandler } from "hono";
import * as v from "valibot";
import { keysNamed, type RevocationName, RevocationRefused, readRevocationName } from "../revocation/name.ts";
import { keepAct } from "./act.ts";
import type { ConsoleContext, ConsoleEnv } from "./edges.ts";
import { mayOperate } from "./member.ts";
import { refuse } from "./refuse.ts";

type Act = "revoked" | "reopened";

export const Reason = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(300));
const Ending = v.object({ reason: Reason });

export const operatorsOnly: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  if (mayOperate(c.var.member, c.var.console.config.console)) return next();
  return refuse(c, 403, "only operators may revoke");
};

export function operatorRoutes(): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();
  app.post("/tasks/:task/end", operatorsOnly, (c) => changeTask(c, c.req.param("task"), "revoked"));
  app.post("/tasks/:task/reopen", operatorsOnly, (c) => changeTask(c, c.req.param("task"), "reopened"));
  return app;
}

async function changeTask(c: ConsoleContext, task: string, act: Act): Promise<Response> {
  const form = v.safeParse(Ending, await c.req.parseBody());
  if (!form.success) return refuse(c, 400, "a reason is needed");
  let name: RevocationName;
  try {
    name = readRevocationName({ kind: "task", task });
  } catch (error) {
    if (error instanceof RevocationRefused) return refuse(c, 400, error.message);
    throw error;
  }
  await change(c, name, form.output.reason, act);
  return c.redirect(`/console/tasks/${task}`);
}

/** Revokes or reopens what is named, and records who did it. */
export async function change(c: ConsoleContext, name: RevocationName, why: string, act: Act): Promise<void> {
  const { console: edges, member } = c.var;
  const write = act === "revoked" ? edges.revoke : edges.lift;
  await write(keysNamed(name, edges.config.gateway.id, edges.sha256), `${why} (${member.sub})`);
  if (act === "revoked") edges.tellRevoked(name, why);
  keepAct(edges, member, act, { ...name, reason: why }, name.kind === "task" ? name.task : undefined);
}
