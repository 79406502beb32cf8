/** The first policies that `hopgate init` writes: schema, Cedar, and their test. */
import { type Answers, derive } from "./answers.ts";

const text = JSON.stringify;

/**
 * The gateway's schema with the actions of this API.
 *
 * @param schema the one of policies/, whose types the gateway fills
 */
export function schema(schema: string, answers: Answers): string {
  const { read, write } = derive(answers);
  const types = schema
    .slice(0, schema.search(/^action /m))
    .replace(/^type Arguments = .*$/m, "type Arguments = {};")
    .trimEnd();
  const applies = "appliesTo { principal: [Workload, ToldWorkload], resource: Route, context: Chain }";
  return `${types}

// The actions of your routes, as hopgate.toml names them.
action "read", "write";
action ${text(read)} in ["read"] ${applies};
action ${text(write)} in ["write"] ${applies};
`;
}

export function policies(answers: Answers): string {
  const { route, api, read, workload } = derive(answers);
  return `// What is not permitted here is denied. docs/policies.md says what a policy can see.

@id("${workload}-reads-${route}")
@max_ttl("60")
permit (
  principal == Workload::${text(answers.workload)},
  action == Action::${text(read)},
  resource in Api::${text(api)}
) when {
  // Only for people who signed in at your provider.
  context.subject.issuer == ${text(answers.issuer)}
};

// A forbid overrides every permit.
@id("no-long-chains")
@reason("more than three delegations")
forbid (principal, action, resource)
when { context.depth > 3 };
`;
}

/** Cases for `hopgate policy test`. */
export function policyTests(answers: Answers): string {
  const { route, read, write, workload } = derive(answers);
  const reads = `${workload}-reads-${route}`;
  return `${JSON.stringify(
    [
      policyCase(answers, "the workload reads for a person", read, 1, "allow", [reads]),
      policyCase(answers, "nothing permits it to write", write, 1, "deny", []),
      policyCase(answers, "a long chain is refused", read, 4, "deny", ["no-long-chains"]),
    ],
    null,
    2,
  )}\n`;
}

function policyCase(
  answers: Answers,
  name: string,
  action: string,
  depth: number,
  decision: "allow" | "deny",
  reasons: readonly string[],
): object {
  const { route, api, read, write } = derive(answers);
  const { workload, issuer, path } = answers;
  const app = `${issuer} my-app`;
  const hosts = [new URL(issuer).hostname];
  return {
    name,
    request: {
      principal: { type: "Workload", id: workload },
      action: { type: "Action", id: action },
      resource: { type: "Route", id: route },
      context: {
        subject: { id: "alice", issuer },
        origin: app,
        caller: workload,
        actors: [app, workload],
        told: [],
        unowned: [app],
        proofs: [
          { actor: app, proof: "stated" },
          { actor: workload, proof: "registered" },
        ],
        authorities: [issuer],
        trustDomains: hosts,
        claimedDomains: hosts,
        depth,
        scopes: [read, write],
        task: { id: "A".repeat(43) },
        txn: "task-1",
        approved: false,
        method: action === read ? "GET" : "POST",
        path: path.replace("*", "1"),
        now: { __extn: { fn: "datetime", arg: "2026-11-24T09:00:00Z" } },
      },
    },
    entities: [
      {
        uid: { type: "Route", id: route },
        attrs: { sensitivity: "low" },
        parents: [{ type: "Api", id: api }],
      },
      { uid: { type: "Api", id: api }, attrs: {}, parents: [] },
    ],
    decision,
    reasons,
  };
}
