/** Access reviews: owners see and review their workloads, auditors see all of them, operators can also end them. */
import { Hono } from "hono";
import * as v from "valibot";
import { REVIEWED } from "../chain/names/review.ts";
import { isInForce, type Workload } from "../chain/names/workload.ts";
import { partyId, workloadParty } from "../chain/party.ts";
import type { Workload as SeenWorkload } from "../ledger/workload.ts";
import { keepAct } from "./act.ts";
import type { ConsoleContext, ConsoleEnv } from "./edges.ts";
import { type Member, mayOperate, maySee } from "./member.ts";
import { refuse } from "./refuse.ts";
import { type ReviewItem, reviewsPage } from "./reviews-page.ts";
import { show } from "./views.ts";

const DAY_MS = 86_400_000;

const Review = v.object({
  name: v.string(),
  said: v.picklist(REVIEWED),
  comment: v.optional(v.pipe(v.string(), v.maxLength(300)), ""),
});

export function reviewRoutes(): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();

  app.use("*", async (c, next) => {
    if (c.var.console.config.console.review_days !== undefined) return next();
    return refuse(c, 404, "there are no reviews here: the configuration has no console.review_days");
  });

  app.get("/", async (c) => {
    const { console: edges, member } = c.var;
    const all = maySee(member, edges.config.console);
    const [workloads, seen] = await Promise.all([edges.workloads(), edges.ledger.workloads()]);
    const items = workloads
      .filter((workload) => all || answersFor(member, workload))
      .map((workload) => itemOf(workload, seen, c))
      .sort((a, b) => orderOf(a.workload).localeCompare(orderOf(b.workload)));
    return show(c, "Reviews", "/console/reviews", reviewsPage(items, daysOf(c)));
  });

  app.post("/", async (c) => {
    const { console: edges, member } = c.var;
    const form = v.safeParse(Review, await c.req.parseBody());
    if (!form.success) return refuse(c, 400, "`name` and `said` are needed: confirm, narrow or end");
    const { name, said, comment } = form.output;
    const workload = (await edges.workloads()).find((each) => each.name === name);
    const isOwner = workload !== undefined && answersFor(member, workload);
    // A workload that the member may not see is answered as if it did not exist.
    if (workload === undefined || !(isOwner || maySee(member, edges.config.console)))
      return refuse(c, 404, "there is no such workload");
    const item = itemOf(workload, await edges.ledger.workloads(), c);
    if (!item.may.includes(said === "end" ? "end" : "answer"))
      return refuse(c, 403, "it has ended, or only its owner may decide this");
    const until = new Date(edges.now() + daysOf(c) * DAY_MS).toISOString();
    const after = await edges.reviewWorkload(name, { said, owner: workload.owner, used: item.used, until });
    if (after === undefined)
      return refuse(c, 409, "somebody has changed or ended it since you loaded the page: load it again");
    const { owner, actions, review_by } = after;
    keepAct(edges, member, "reviewed", { name, said, owner, comment, used: item.used, actions, until: review_by });
    return c.redirect("/console/reviews");
  });
  return app;
}

/** The owner of a registration is a group: its members answer for the workload. */
function answersFor({ groups }: Pick<Member, "groups">, { owner }: Pick<Workload, "owner">): boolean {
  return groups.includes(owner);
}

function itemOf(workload: Workload, seen: readonly SeenWorkload[], c: ConsoleContext): ReviewItem {
  const { console: edges, member } = c.var;
  const actor = partyId(workloadParty(workload.name, edges.config.gateway.id));
  const known = seen.find((each) => each.actor === actor);
  // A registration that was not confirmed in time has ended; an administrator of the registry must renew it.
  const isOpen = isInForce(workload, edges.now());
  const isOwner = answersFor(member, workload);
  return {
    workload,
    used: [...new Set((known?.uses ?? []).map(({ action }) => action))].sort(),
    last: known?.last,
    may: [
      ...(isOpen && isOwner ? (["answer"] as const) : []),
      ...(isOpen && (isOwner || mayOperate(member, edges.config.console)) ? (["end"] as const) : []),
    ],
  };
}

/** Those that were never confirmed first, those that have ended last. */
function orderOf({ disabled, review_by: by = "" }: Workload): string {
  return `${disabled ? 1 : 0}${by}`;
}

function daysOf(c: ConsoleContext): number {
  return c.var.console.config.console.review_days ?? 0;
}
