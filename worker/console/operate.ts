/** Taking authority back: revoking, and ending a task. For operators. */
import { Hono, type MiddlewareHandler } from "hono";
import * as v from "valibot";
import {
  fieldsOf,
  keysNamed,
  REVOCATION_KINDS,
  type RevocationName,
  RevocationRefused,
  readRevocationName,
} from "../revocation/name.ts";
import { keepAct } from "./act.ts";
import type { ConsoleContext, ConsoleEnv } from "./edges.ts";
import { mayOperate } from "./member.ts";

const reason = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(300));
const Ending = v.object({ reason });
/** What is named stands in one field, and its issuer in another: most kinds have no other. */
const Revoking = v.object({
  kind: v.picklist(REVOCATION_KINDS),
  issuer: v.optional(v.pipe(v.string(), v.trim()), ""),
  value: v.pipe(v.string(), v.trim()),
  reason,
});

const operatorsOnly: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  if (mayOperate(c.var.member, c.var.console.config.console)) return next();
  return c.text("only operators revoke", 403);
};

export function operatorRoutes(): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();

  app.post("/tasks/:txn/end", operatorsOnly, async (c) => {
    const task = c.req.param("txn");
    const form = v.safeParse(Ending, await c.req.parseBody());
    if (!form.success) return c.text("a reason is needed", 400);
    await revoke(c, { kind: "txn", task }, form.output.reason);
    return c.redirect(`/console/tasks/${encodeURIComponent(task)}`);
  });

  app.post("/revocations", operatorsOnly, async (c) => {
    const form = v.safeParse(Revoking, await c.req.parseBody());
    if (!form.success) return c.text("kind, name and reason are needed", 400);
    try {
      await revoke(c, nameOf(form.output, issuersOf(c)), form.output.reason);
      return c.redirect("/console/revocations");
    } catch (error) {
      if (error instanceof RevocationRefused) return c.text(error.message, 400);
      throw error;
    }
  });
  return app;
}

function nameOf({ kind, issuer, value }: v.InferOutput<typeof Revoking>, issuers: readonly string[]): RevocationName {
  const named = fieldsOf(kind).at(-1) as string;
  return readRevocationName({ kind, ...(issuer !== "" && { issuer }), [named]: value }, issuers);
}

function issuersOf(c: ConsoleContext): string[] {
  const { issuers, gateway } = c.var.console.config;
  return [gateway.id, ...issuers.map(({ issuer }) => issuer)];
}

async function revoke(c: ConsoleContext, name: RevocationName, why: string): Promise<void> {
  const { console: edges, member } = c.var;
  await edges.revoke(keysNamed(name, edges.sha256), `${why} (${member.sub})`);
  keepAct(edges, member, "revoked", { ...name, reason: why }, name.kind === "txn" ? name.task : undefined);
}
