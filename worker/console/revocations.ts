/** Revocations: auditors see them, operators revoke. */
import { Hono } from "hono";
import * as v from "valibot";
import type { Html } from "../pages/document.ts";
import { requireKnown } from "../revocation/known.ts";
import { limitsOf } from "../revocation/limits.ts";
import { RevocationRefused, readRevocationName, refusedFor } from "../revocation/name.ts";
import type { ConsoleContext, ConsoleEnv } from "./edges.ts";
import { mayOperate } from "./member.ts";
import { operatorsOnly, Reason, revoke } from "./operate.ts";
import { page } from "./page.ts";
import { refuse, wantsJson } from "./refuse.ts";
import { type Attempt, isRevocationKind, revocationForm } from "./revocation-form.ts";
import { revocationsPage } from "./revocations-page.ts";
import { show } from "./views.ts";

const HERE = "/console/revocations";

export function revocationRoutes(): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();
  app.get("/", async (c) => show(c, "Revocations", HERE, await bodyOf(c)));
  app.post("/", operatorsOnly, async (c) => {
    const values = filledIn(await c.req.parseBody());
    try {
      await revokeFilledIn(c, values);
    } catch (error) {
      if (!(error instanceof RevocationRefused)) throw error;
      return showAgain(c, values, error);
    }
    return c.redirect(HERE);
  });
  return app;
}

/** @throws RevocationRefused if a field is missing or wrong, or the name can have no effect */
async function revokeFilledIn(c: ConsoleContext, values: Readonly<Record<string, string>>): Promise<void> {
  const { reason, unknown, earlier, ...named } = values;
  const { console: edges } = c.var;
  const name = readRevocationName(named);
  const limits = limitsOf(name, readEarlier(earlier), edges.now(), edges.config.gateway.clock_skew);
  if (unknown === undefined) await requireKnown(name, edges);
  const why = v.safeParse(Reason, reason);
  if (!why.success) throw refusedFor([{ field: "reason", problem: "is needed, with at most 300 characters" }]);
  await revoke(c, name, why.output, limits);
}

/** @throws RevocationRefused for a value that the form does not have: the choice would be unclear */
function readEarlier(value: string | undefined): boolean {
  if (value === undefined || value === "yes") return value === "yes";
  throw refusedFor([{ field: "earlier", problem: "must be `yes` or empty" }]);
}

/** What was typed, without spaces around it. An empty field counts as absent. */
function filledIn(body: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts = Object.entries(body).flatMap(([field, value]) =>
    typeof value === "string" ? [[field, value.trim()] as const] : [],
  );
  return Object.fromEntries(texts.filter(([, value]) => value !== ""));
}

/** The same form with what was typed, and what is wrong beside each field. */
async function showAgain(c: ConsoleContext, values: Record<string, string>, refused: RevocationRefused) {
  const { kind } = values;
  if (wantsJson(c) || !isRevocationKind(kind)) return refuse(c, 400, refused.message);
  const { member, console: edges } = c.var;
  const body = await bodyOf(c, { kind, values, problems: refused.problems });
  return c.html(page({ title: "Revocations", here: HERE, member, roles: edges.config.console }, body), 400);
}

async function bodyOf(c: ConsoleContext, attempt?: Attempt): Promise<Html> {
  const { console: edges, member } = c.var;
  const mayRevoke = mayOperate(member, edges.config.console);
  const form = mayRevoke ? revocationForm(attempt, edges.config.gateway) : "";
  const [revoked, pending] = await Promise.all([edges.revocations(), edges.pending()]);
  return revocationsPage(revoked, pending, form);
}
