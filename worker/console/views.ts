/** The pages of auditors; each view is recorded. */
import { Hono } from "hono";
import { html } from "hono/html";
import { keysToRevoke } from "../chain/revocation.ts";
import { LIFTED } from "../ledger/admission.ts";
import { findBreak } from "../ledger/entry.ts";
import { inventory } from "../ledger/inventory.ts";
import type { Html } from "../pages/document.ts";
import { keepAct } from "./act.ts";
import { decisionRows, decisionsPage, searchOf } from "./decisions-page.ts";
import type { ConsoleContext, ConsoleEnv } from "./edges.ts";
import { mayOperate } from "./member.ts";
import { page } from "./page.ts";
import { policiesPage } from "./policies-page.ts";
import { secretsTable } from "./secrets-table.ts";
import { SHOWN, signsPage } from "./signs-page.ts";
import { noTaskPage, taskPage } from "./task-page.ts";
import { workloadsPage } from "./workloads-page.ts";

export function viewRoutes(): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();

  app.get("/decisions", async (c) => {
    const search = searchOf(c.req.query());
    return show(c, "Decisions", "/console/decisions", decisionsPage(search, await c.var.console.ledger.search(search)));
  });

  // An open page that reloads its rows is still the same view.
  app.get("/decisions/rows", async (c) =>
    c.html(decisionRows(await c.var.console.ledger.search(searchOf(c.req.query())))),
  );

  app.get("/tasks/:task", async (c) => {
    const { console: edges, member } = c.var;
    const task = c.req.param("task");
    const [parts, revoked, pending] = await Promise.all([
      edges.ledger.parts(task),
      edges.revocations(),
      edges.pending(),
    ]);
    if (parts.length === 0) return show(c, "Task", "/console/tasks", noTaskPage(task), 404);
    const [key] = keysToRevoke("task", [task], edges.sha256);
    const body = taskPage({
      task,
      entries: parts.flatMap(({ entries }) => entries),
      whole: parts.every(({ entries }) => findBreak(entries, edges.sha256) === undefined),
      ended: revoked.some((each) => each.key === key && each.before !== LIFTED),
      pending,
      mayEnd: mayOperate(member, edges.config.console),
    });
    return show(c, "Task", "/console/tasks", body);
  });

  app.get("/signs", async (c) => {
    const { ledger, config } = c.var.console;
    const found = await ledger.search({ outcome: "noticed", limit: SHOWN });
    return show(c, "Signs", "/console/signs", signsPage(found, config.signs !== undefined));
  });

  app.get("/workloads", async (c) => {
    const { ledger, clients, workloads, secrets, config, now } = c.var.console;
    const seen = await Promise.all([ledger.workloads(), clients(), workloads()]);
    const items = inventory(...seen, config.gateway.id, now());
    const body = html`${workloadsPage(items)}${secretsTable(secrets(), now())}`;
    return show(c, "Workloads", "/console/workloads", body);
  });

  app.get("/policies", async (c) =>
    show(c, "Policies", "/console/policies", policiesPage(await c.var.console.policies())),
  );

  return app;
}

/** Percent-decoded if that gives UTF-8. */
function readable(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

/** A page for signed-in people. The view is recorded in the ledger of the day. */
export async function show(c: ConsoleContext, title: string, here: string, body: Html, status: 200 | 404 = 200) {
  const { console: edges, member } = c.var;
  const { pathname, search } = new URL(c.req.url);
  keepAct(edges, member, "viewed", { path: readable(pathname) + search });
  return c.html(page({ title, here, member, roles: edges.config.console }, body), status);
}
