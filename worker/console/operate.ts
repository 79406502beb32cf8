/** Taking authority back: revoking, and ending a task. For operators. */
import { Hono, type MiddlewareHandler } from "hono";
import * as v from "valibot";
import { keysToRevoke, REVOCABLE } from "../chain/revocation.ts";
import { keepAct } from "./act.ts";
import type { ConsoleEnv } from "./edges.ts";
import { mayOperate } from "./member.ts";

const reason = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(300));
const Ending = v.object({ reason });
const Revoking = v.object({
  kind: v.picklist(REVOCABLE),
  issuer: v.optional(v.pipe(v.string(), v.trim()), ""),
  value: v.pipe(v.string(), v.trim(), v.minLength(1)),
  reason,
});
/** Kinds whose names are an issuer's own. */
const OF_ISSUER: readonly string[] = ["token", "subject", "session"];

const operatorsOnly: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  if (mayOperate(c.var.member, c.var.console.config.console)) return next();
  return c.text("only operators revoke", 403);
};

export function operatorRoutes(): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();

  app.post("/tasks/:txn/end", operatorsOnly, async (c) => {
    const { console: edges, member } = c.var;
    const txn = c.req.param("txn");
    const form = v.safeParse(Ending, await c.req.parseBody());
    if (!form.success) return c.text("a reason is needed", 400);
    await edges.revoke(keysToRevoke("txn", [txn], edges.sha256), `${form.output.reason} (${member.sub})`);
    keepAct(edges, member, "revoked", { kind: "txn", values: [txn], reason: form.output.reason }, txn);
    return c.redirect(`/console/tasks/${encodeURIComponent(txn)}`);
  });

  app.post("/revocations", operatorsOnly, async (c) => {
    const { console: edges, member } = c.var;
    const form = v.safeParse(Revoking, await c.req.parseBody());
    if (!form.success) return c.text("kind, name and reason are needed", 400);
    const { kind, issuer, value, reason } = form.output;
    if (OF_ISSUER.includes(kind) === (issuer === ""))
      return c.text(`a ${kind} is named ${issuer === "" ? "with its" : "without an"} issuer`, 400);
    const values = issuer === "" ? [value] : [issuer, value];
    await edges.revoke(keysToRevoke(kind, values, edges.sha256), `${reason} (${member.sub})`);
    keepAct(edges, member, "revoked", { kind, values, reason }, kind === "txn" ? value : undefined);
    return c.redirect("/console/revocations");
  });
  return app;
}
