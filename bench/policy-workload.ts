/** Policy sets of any size, as a company with many teams would have them, and requests that a few of their policies concern. */
import type { AuthorizationRequest } from "../worker/policy/evaluate.ts";
import type { EntityJson } from "../worker/policy/format.ts";

const PER_TEAM = 5;

/** A team's five policies: its readers, writers, a purpose, a rate of depth, and one that forbids. */
function teamPolicies(team: number): string[] {
  const [group, api, agent] = [`Group::"team-${team}"`, `Api::"api-${team}"`, `spiffe://acme.example/agents/${team}`];
  return [
    `@id("read-${team}") permit (principal in ${group}, action == Action::"read", resource in ${api})
     when { context.scopes.contains("orders:read") && context.depth <= 4 };`,
    `@id("write-${team}") @max_ttl("30") permit (principal in ${group}, action == Action::"write", resource in ${api})
     when { context.actors.contains("${agent}") && context has purpose && context.purpose like "support*" }
     unless { context.subject.issuer == "https://other.example" };`,
    `@id("job-${team}") permit (principal == Workload::"spiffe://acme.example/jobs/${team}", action, resource is Route in ${api})
     when { context.subject.id == context.caller || ["GET", "HEAD"].contains(context.method) };`,
    `@id("office-${team}") permit (principal in ${group}, action in [Action::"read", Action::"list"], resource in ${api})
     when { context has ip && context.ip.isInRange(ip("10.${team % 256}.0.0/16")) };`,
    `@id("late-${team}") forbid (principal in ${group}, action == Action::"write", resource in ${api})
     when { resource.sensitivity == "high" && !(context has acr && context.acr == "mfa" && context.authAge <= 300) };`,
  ];
}

/** One forbids to all; the rest belongs to teams. */
export function policySet(count: number): string {
  const teams = Array.from({ length: Math.ceil((count - 1) / PER_TEAM) }, (_, team) => teamPolicies(team)).flat();
  const everywhere = `@id("no-deep-chains") forbid (principal, action, resource) when { context.depth > 6 };`;
  return [everywhere, ...teams].slice(0, count).join("\n");
}

/** Requests of the first teams, each another: reads, writes, allowed and not. */
export function requests(teams: number, count: number): { call: AuthorizationRequest; entities: EntityJson[] }[] {
  return Array.from({ length: count }, (_, i) => {
    const team = i % teams;
    const caller =
      i % 7 === 0 ? `spiffe://acme.example/jobs/${team}` : `spiffe://acme.example/services/${team}-${i % 3}`;
    const actors = ["https://app.acme.example", `spiffe://acme.example/agents/${team}`, caller];
    const route = { type: "Route", id: `route-${team}` };
    return {
      call: {
        principal: { type: "Workload", id: caller },
        action: { type: "Action", id: i % 3 === 0 ? "write" : "read" },
        resource: route,
        context: {
          subject: { id: `user-${i}`, issuer: "https://idp.acme.example" },
          origin: actors[0],
          caller,
          actors,
          authorities: ["https://idp.acme.example", actors[0], actors[1]],
          trustDomains: ["acme.example", "idp.acme.example", "app.acme.example"],
          depth: 2,
          scopes: ["orders:read", "refunds:write"],
          txn: `task-${i}`,
          purpose: i % 5 === 0 ? "marketing" : "support/refund",
          acr: "mfa",
          authAge: i % 600,
          approved: false,
          method: i % 3 === 0 ? "POST" : "GET",
          path: `/orders/${i}`,
          ip: { __extn: { fn: "ip", arg: `10.${team % 256}.1.${i % 250}` } },
          now: { __extn: { fn: "datetime", arg: new Date(1.79e12 + i).toISOString() } },
        },
      },
      entities: [
        { uid: { type: "Workload", id: caller }, attrs: {}, parents: [{ type: "Group", id: `team-${team}` }] },
        { uid: { type: "Group", id: `team-${team}` }, attrs: {}, parents: [] },
        { uid: { type: "Api", id: `api-${team}` }, attrs: {}, parents: [] },
        {
          uid: route,
          attrs: { sensitivity: i % 2 === 0 ? "high" : "low" },
          parents: [{ type: "Api", id: `api-${team}` }],
        },
      ],
    };
  });
}
