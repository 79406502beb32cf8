/** Deciding approvals: in the browser, or as a JSON API with the session as a bearer token. */
import { Hono } from "hono";
import * as v from "valibot";
import { type Approval, canCompare, objectionTo, type Vote } from "../approval/approval.ts";
import { personDigests } from "../chain/revocation.ts";
import { keepAct } from "./act.ts";
import { approvalPage, approvalsPage } from "./approvals-page.ts";
import type { Console, ConsoleContext, ConsoleEnv } from "./edges.ts";
import { type Member, mayDecide, maySee } from "./member.ts";
import { refuse, wantsJson } from "./refuse.ts";
import { Answered, askToSign, hasPasskeys, signed } from "./verify-passkey.ts";
import { show } from "./views.ts";

const comment = v.optional(v.pipe(v.string(), v.maxLength(500)), "");
const Decision = v.object({
  decision: v.picklist(["approve", "reject"]),
  group: v.string(),
  comment,
  /** A passkey's answer, sent by the console's own script. */
  passkey: v.optional(Answered),
});
const Signing = v.object({ group: v.string(), comment });

export function approvalRoutes(): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>();

  app.get("/", async (c) => {
    const approvals = (await c.var.console.approvals.list()).filter((approval) => mayKnow(approval, c));
    if (wantsJson(c)) return c.json({ approvals });
    return show(c, "Approvals", "/console/approvals", approvalsPage(approvals));
  });

  app.get("/:id", async (c) => {
    const approval = await find(c);
    if (approval === undefined) return notFound(c);
    if (wantsJson(c)) return c.json(approval);
    return show(c, "Approval", "/console/approvals", approvalPage(approval, openGroups(approval, c.var.member)));
  });

  // What the browser's authenticator is asked to sign, for this approval and comment.
  app.post("/:id/challenge", async (c) => {
    const { console: edges, member } = c.var;
    const approval = await find(c);
    if (approval === undefined || !hasPasskeys(edges)) return notFound(c);
    const form = v.safeParse(Signing, await c.req.json().catch(() => undefined));
    if (!form.success) return refuse(c, 400, "`group` is one of those that are asked");
    const asked = await askToSign(member, aboutOf(approval, form.output), edges);
    return asked === undefined ? refuse(c, 409, "add a passkey first, at /console/passkeys") : c.json(asked);
  });

  app.post("/:id", async (c) => {
    const { console: edges, member } = c.var;
    const approval = await find(c);
    if (approval === undefined) return notFound(c);
    const form = v.safeParse(
      Decision,
      wantsJson(c) ? await c.req.json().catch(() => undefined) : await c.req.parseBody(),
    );
    if (!form.success) return refuse(c, 400, "`decision` is approve or reject, `group` one of those that are asked");
    const { decision, group, comment, passkey } = form.output;
    if (!member.groups.includes(group)) return refuse(c, 403, "you are not of that group");
    const granted = decision === "approve";
    const used =
      passkey && granted && hasPasskeys(edges)
        ? await signed(member, aboutOf(approval, form.output), passkey, edges)
        : undefined;
    if (passkey !== undefined && used === undefined)
      return refuse(c, 409, "the passkey's answer is for something else");
    const vote: Vote = {
      group,
      granted,
      comment,
      by: { sub: member.sub, iss: member.iss, name: member.name },
      persons: personDigests([member, ...member.names], edges.sha256),
      time: new Date(edges.now()).toISOString(),
      ...(used !== undefined && { passkey: used.id }),
    };
    const problem = await obstacleTo(approval, vote, edges);
    if (problem !== undefined) return refuse(c, 409, problem);
    const decided = await edges.approvals.vote(approval.id, vote, used);
    if (decided === undefined)
      return refuse(c, 409, objectionTo(approval, vote) ?? "somebody else has just decided this");
    const { chain, request, action } = approval.asked;
    const by = used !== undefined && { passkey: used.id };
    const about = { approval: approval.id, group, comment, ...by, chain: chain.hash, request, action };
    keepAct(edges, member, granted ? "approved" : "rejected", about, approval.task);
    return wantsJson(c) ? c.json(decided) : c.redirect(`/console/approvals/${approval.id}`);
  });
  return app;
}

/** What a passkey's answer covers: this approval, everything that it permits, the group and the comment. */
function aboutOf({ id, binding }: Approval, { group, comment }: v.InferOutput<typeof Signing>): string[] {
  return ["approve", id, binding, group, comment];
}

/** Why somebody may not approve this, in words. A refusal is always accepted, because it permits nothing. */
async function obstacleTo(approval: Approval, { by, granted }: Vote, edges: Console): Promise<string | undefined> {
  if (!granted) return undefined;
  if (!canCompare(approval, by, edges.config.console.separate_issuers)) {
    return `it cannot be decided whether this is done for you or by you: you signed in at ${by.iss}, and subject and actors are known to ${approval.issuers.join(", ")}`;
  }
  return (await edges.isRevoked(approval.authority)) ? "something that the request depends on was revoked" : undefined;
}

/** The approval, if the member may see it; others are answered as if they did not exist. */
async function find(c: ConsoleContext): Promise<Approval | undefined> {
  const approval = await c.var.console.approvals.find(c.req.param("id") as string);
  return approval !== undefined && mayKnow(approval, c) ? approval : undefined;
}

function mayKnow({ groups }: Approval, c: ConsoleContext): boolean {
  return mayDecide(c.var.member, groups) || maySee(c.var.member, c.var.console.config.console);
}

/** Groups for which the member may still vote. */
function openGroups({ groups, votes }: Approval, member: Member): string[] {
  return groups.filter((group) => member.groups.includes(group) && !votes.some((vote) => vote.group === group));
}

function notFound(c: ConsoleContext) {
  return refuse(c, 404, "there is no such approval");
}
