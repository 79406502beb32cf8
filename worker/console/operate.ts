/** Revoking authority and ending tasks, for operators. */
import { Hono, type MiddlewareHandler } from "hono";
import * as v from "valibot";
import { requireKnown } from "../revocation/known.ts";
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
import { refuse } from "./refuse.ts";

const reason = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(300));
const Ending = v.object({ reason });
/** One field has the name, another its issuer; most kinds have no other fields. */
const Revoking = v.object({
  kind: v.picklist(REVOCATION_KINDS),
  issuer: v.optional(v.pipe(v.string(), v.trim()), ""),
  value: v.pipe(v.string(), v.trim()),
  /** A checkbox: sent only if it is ticked. */
  unknown: v.optional(v.literal("on")),
  reason,
});

const operatorsOnly: MiddlewareHandler<ConsoleEnv> = async (c, next) => {
  if (mayOperate(c.var.member, c.var.console.config.console)) return next();
  return refuse(c, 403, "only operators may revoke");
};

export function operatorRoutes(): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();

  app.post("/tasks/:task/end", operatorsOnly, async (c) => {
    const task = c.req.param("task");
    const form = v.safeParse(Ending, await c.req.parseBody());
    if (!form.success) return refuse(c, 400, "a reason is needed");
    return revoked(c, async () => readRevocationName({ kind: "task", task }), form.output.reason, `tasks/${task}`);
  });

  app.post("/tasks/:task/reopen", operatorsOnly, async (c) => {
    const task = c.req.param("task");
    const form = v.safeParse(Ending, await c.req.parseBody());
    if (!form.success) return refuse(c, 400, "a reason is needed");
    const read = async (): Promise<RevocationName> => readRevocationName({ kind: "task", task });
    return revoked(c, read, form.output.reason, `tasks/${task}`, "reopened");
  });

  app.post("/revocations", operatorsOnly, async (c) => {
    const form = v.safeParse(Revoking, await c.req.parseBody());
    if (!form.success) return refuse(c, 400, "kind, name and reason are needed");
    const read = async (): Promise<RevocationName> => {
      const name = nameOf(form.output);
      if (form.output.unknown === undefined) await requireKnown(name, c.var.console);
      return name;
    };
    return revoked(c, read, form.output.reason, "revocations");
  });
  return app;
}

function nameOf({ kind, issuer, value }: v.InferOutput<typeof Revoking>): RevocationName {
  const fields = fieldsOf(kind).map(({ field }) => field);
  const named = fields.at(-1) as string;
  const whose = fields.length > 1 ? (fields[0] as string) : "issuer";
  return readRevocationName({ kind, ...(issuer !== "" && { [whose]: issuer }), [named]: value });
}

/**
 * Revokes or reopens what is named, then redirects to a page.
 *
 * @param read rejects with RevocationRefused if the name can have no effect
 */
async function revoked(
  c: ConsoleContext,
  read: () => Promise<RevocationName>,
  why: string,
  page: string,
  act: "revoked" | "reopened" = "revoked",
): Promise<Response> {
  const { console: edges, member } = c.var;
  let name: RevocationName;
  try {
    name = await read();
  } catch (error) {
    if (error instanceof RevocationRefused) return refuse(c, 400, error.message);
    throw error;
  }
  const change = act === "revoked" ? edges.revoke : edges.lift;
  await change(keysNamed(name, edges.config.gateway.id, edges.sha256), `${why} (${member.sub})`);
  if (act === "revoked") edges.tellRevoked(name, why);
  keepAct(edges, member, act, { ...name, reason: why }, name.kind === "task" ? name.task : undefined);
  return c.redirect(`/console/${page}`);
}
