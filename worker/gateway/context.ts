/** The `context` that policies see: chain and request (docs/policies.md; policies/schema.cedarschema). Pure. */
import { callerOf } from "../chain/actors.ts";
import { type Party, partyId } from "../chain/party.ts";
import { staterOf } from "../chain/subject.ts";
import { duplicatesOf, type Parameter } from "../http/query.ts";
import type { ToolCall } from "../presentation.ts";
import type { VerifiedChain } from "../types.ts";
import type { RememberedContext } from "./memory.ts";

/** What may override a denial. */
export interface Override {
  /** Every group that the policies ask has approved exactly this request. */
  readonly approved?: boolean;
  /** Break-glass: the reason. */
  readonly emergency?: string;
}

/** The `context` record in Cedar's JSON form. Optional attributes are absent, never empty. */
export function policyContext(
  chain: VerifiedChain,
  now: number,
  override: Override,
  remembered: RememberedContext,
): Record<string, unknown> {
  const { subject, actors, ownership, scopes, task, purpose, presentation, message } = chain;
  const { claims: root, policyClaims } = chain.root;
  const told = [...(staterOf(chain) === undefined ? [] : [subject]), ...actors.filter(({ proof }) => proof === "told")];
  const authTime = root["auth_time"];
  const ip = presentation.request.headers.get("cf-connecting-ip");
  return {
    subject: { id: subject.sub, issuer: subject.iss },
    origin: partyId(actors[0]),
    caller: partyId(callerOf(chain)),
    actors: actors.filter(({ proof }) => proof !== "told").map(partyId),
    told: told.map(partyId),
    unowned: actors.filter((_, index) => ownership[index] === undefined).map(partyId),
    proofs: actors.map((actor) => ({ actor: partyId(actor), proof: actor.proof })),
    authorities: authoritiesOf(chain),
    trustDomains: trustDomains(chain),
    claimedDomains: claimedDomains(chain),
    depth: actors.length - 1,
    scopes: [...scopes],
    ...remembered,
    txn: task.txn,
    ...(purpose !== undefined && { purpose: purpose.text, purposeBy: partyOf(purpose.by) }),
    ...(typeof root["acr"] === "string" && { acr: root["acr"] }),
    ...(typeof authTime === "number" && { authAge: Math.max(0, Math.floor(now / 1000) - Math.floor(authTime)) }),
    ...(Object.keys(policyClaims).length > 0 && { claims: policyClaims }),
    ...(chain.proof !== undefined && { possession: chain.proof }),
    approved: override.approved ?? false,
    ...(override.emergency !== undefined && { emergency: override.emergency }),
    ...(message && {
      message: {
        id: message.id,
        producer: message.producer,
        age: Math.max(0, Math.floor(now / 1000) - message.sealed),
        deadLetter: message.deadLetter ?? false,
      },
    }),
    ...(presentation.needed && {
      details: { type: presentation.needed.details.type, ...presentation.needed.members },
    }),
    ...(presentation.tool && { tool: toolContext(presentation.tool) }),
    method: presentation.method,
    path: presentation.url.pathname,
    ...(presentation.query.length > 0 && { query: queryContext(presentation.query) }),
    ...(ip !== null && { ip: { __extn: { fn: "ip", arg: ip } } }),
    now: { __extn: { fn: "datetime", arg: new Date(now).toISOString() } },
  };
}

function toolContext({ name, arguments: given, inputs }: ToolCall): object {
  return { name, arguments: given, ...(inputs !== undefined && { inputs }) };
}

/** Parameters as a set, their names, and the names that occur more than once. */
function queryContext(parameters: readonly Parameter[]): object {
  const names = [...new Set(parameters.map(({ name }) => name))];
  return { parameters, names, duplicates: duplicatesOf(parameters) };
}

/** Who answers for the names in the chain; no one does for a told name. */
function authoritiesOf(chain: VerifiedChain): string[] {
  const actors = chain.actors.filter(({ proof }) => proof !== "told");
  const known = staterOf(chain) === undefined ? [chain.subject, ...actors] : actors;
  return [...new Set(known.map(({ iss }) => iss))];
}

/** The trust domain or host of one authority, and every host in a name (RFC 3986, section 3.2). */
const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)/i;
const HOSTS = /:\/\/(?:[^/?#\s@]*@)?([^/?#\s@:%]+)/g;

/** The SPIFFE trust domains and hosts of these authorities. */
function trustDomains(chain: VerifiedChain): string[] {
  const domains = authoritiesOf(chain).map((name) => AUTHORITY.exec(name)?.[1]);
  return [...new Set(domains.filter((domain) => domain !== undefined))];
}

/**
 * The domain of every name of subject or actors in the chain, proven or not, for use in forbids. Hosts are in lower
 * case, without port and final dot, so that another spelling of a host does not escape a forbid.
 */
function claimedDomains({ subject, subjectNames, actors, root }: VerifiedChain): string[] {
  const { client_id: client, azp } = root.claims;
  const parties = [subject, ...subjectNames.names, ...actors].flatMap(({ iss, sub }) => [iss, sub]);
  const names = new Set([...parties, client, azp].filter((name) => typeof name === "string"));
  return [...new Set([...names].flatMap(domainsIn))];
}

/** A party that an issuer has taken from another one contains that one's name (`partyId`). */
function domainsIn(name: string): string[] {
  if (!name.includes("://")) return [];
  return Array.from(name.toLowerCase().matchAll(HOSTS), ([, host = ""]) =>
    host.endsWith(".") ? host.slice(0, -1) : host,
  );
}

function partyOf({ iss, sub }: Party): { authority: string; name: string } {
  return { authority: iss, name: sub };
}
