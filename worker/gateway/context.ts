/** What a policy sees of the chain and the request (docs/policies.md; policies/schema.cedarschema). Pure. */
import type { VerifiedChain } from "../types.ts";

/** What a request has against a denial. */
export interface Override {
  /** Everyone whom the policies ask has approved this very request. */
  readonly approved?: boolean;
  /** Break-glass: the reason. */
  readonly emergency?: string;
}

/** The `context` record in Cedar's JSON form. Optional attributes are absent, never empty. */
export function policyContext(chain: VerifiedChain, now: number, override: Override): Record<string, unknown> {
  const { subject, actors, scopes, txn, purpose, presentation, message } = chain;
  const root = chain.hops[0].claims;
  const authTime = root["auth_time"];
  const ip = presentation.request.headers.get("cf-connecting-ip");
  return {
    subject: { id: subject.sub, issuer: subject.iss },
    origin: actors[0].sub,
    caller: actors.at(-1)?.sub,
    actors: actors.map(({ sub }) => sub),
    issuers: [subject.iss, ...actors.map(({ iss }) => iss)],
    trustDomains: trustDomains(chain),
    depth: actors.length - 1,
    scopes: [...scopes],
    txn,
    ...(purpose !== undefined && { purpose }),
    ...(typeof root["acr"] === "string" && { acr: root["acr"] }),
    ...(typeof authTime === "number" && { authAge: Math.max(0, Math.floor(now / 1000) - Math.floor(authTime)) }),
    approved: override.approved ?? false,
    ...(override.emergency !== undefined && { emergency: override.emergency }),
    ...(message && {
      message: {
        id: message.id,
        producer: message.producer,
        age: Math.max(0, Math.floor(now / 1000) - message.sealed),
      },
    }),
    ...(presentation.tool && { tool: { name: presentation.tool.name, arguments: presentation.tool.arguments } }),
    method: presentation.method,
    path: presentation.url.pathname,
    ...(ip !== null && { ip: { __extn: { fn: "ip", arg: ip } } }),
    now: { __extn: { fn: "datetime", arg: new Date(now).toISOString() } },
  };
}

/** The SPIFFE trust domains and hosts that issuers and actors belong to. */
function trustDomains({ subject, actors }: VerifiedChain): string[] {
  const names = [subject.iss, ...actors.flatMap(({ sub, iss }) => [sub, iss])];
  const domains = names.map((name) => /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)/i.exec(name)?.[1]);
  return [...new Set(domains.filter((domain) => domain !== undefined))];
}
