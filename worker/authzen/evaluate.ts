/** An evaluation is handled as a request that another proxy forwards: the same stages, the same record. */
import { callerOf } from "../chain/actors.ts";
import { partyId } from "../chain/party.ts";
import { HopError } from "../errors.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { requestOf } from "../gateway/original.ts";
import { handedHeaders } from "../gateway/outbound.ts";
import { arrive, clear, fail } from "../gateway/pipeline.ts";
import { type Arrival, settle } from "../gateway/settle.ts";
import type { VerifiedChain } from "../types.ts";
import type { Evaluation, Semantics } from "./evaluation.ts";

/** The proxy that asks, and the caller's credentials. */
export interface Asked {
  /** The name of the proxy. */
  readonly proxy: string;
  /** The headers of the call with the caller's credentials, if the subject has no chain. */
  readonly credentials: Headers;
  /** The address of the gateway that was asked. */
  readonly url: string;
}

/** AuthZEN's Decision; if the gateway failed, with the status of the failure. */
export interface Evaluated {
  readonly decision: boolean;
  readonly context: Readonly<Record<string, unknown>>;
  readonly status: number;
  readonly message?: string;
}

/** Never rejects. */
export async function evaluate(evaluation: Evaluation, asked: Asked, gateway: Gateway): Promise<Evaluated> {
  const arrival = arrive(gateway);
  const { id } = arrival;
  let request = new Request(asked.url);
  try {
    request = askedRequest(evaluation, asked, gateway);
    const minted = await clear(request, id, asked.proxy, gateway, (chain) => requireAsStated(chain, evaluation));
    settle({ minted, response: new Response(), latency: undefined }, gateway);
    return { decision: true, context: { id, headers: Object.fromEntries(handedHeaders(minted)) }, status: 200 };
  } catch (cause) {
    return refused(cause, arrival, request, gateway);
  }
}

/** One after the other: a proof that several of them contain is accepted only for the first. */
export async function evaluateAll(
  evaluations: readonly Evaluation[],
  semantics: Semantics,
  asked: Asked,
  gateway: Gateway,
): Promise<Evaluated[]> {
  const done: Evaluated[] = [];
  for (const evaluation of evaluations) {
    const evaluated = await evaluate(evaluation, asked, gateway);
    done.push(evaluated);
    if (semantics === (evaluated.decision ? "permit_on_first_permit" : "deny_on_first_deny")) break;
  }
  return done;
}

/** @throws HopError `evaluation_mismatch`, `credential_ambiguous`, and those of an original request */
function askedRequest({ subject, action, resource, context }: Evaluation, asked: Asked, { config }: Gateway): Request {
  if (resource.type !== "route") throw new HopError("evaluation_mismatch", { member: "resource.type" });
  const [, host = "", uri = ""] = /^https?:\/\/([^/?#]*)(.*)$/s.exec(resource.properties.uri ?? "") ?? [];
  const target = { method: action.properties.method ?? action.name, host, uri, address: context.ip };
  const headers = new Headers(asked.credentials);
  const { chain } = subject.properties;
  try {
    if (chain !== undefined) {
      if ([...headers].length > 0) throw new HopError("credential_ambiguous");
      headers.set("authorization", `${context.proof === undefined ? "Bearer" : "DPoP"} ${chain}`);
    }
    if (context.proof !== undefined) headers.set("dpop", context.proof);
    if (context.approval !== undefined) headers.set("hop-approval", context.approval);
  } catch (cause) {
    if (cause instanceof HopError) throw cause;
    throw new HopError("credential_malformed", { cause });
  }
  return requestOf(target, headers, config.gateway.origins);
}

/**
 * The evaluation must agree with the chain: policies never see a name that only the proxy states.
 *
 * @throws HopError `evaluation_mismatch`
 */
function requireAsStated(chain: VerifiedChain, { subject, action, resource }: Evaluation): void {
  const { route, method, operation } = chain.presentation;
  const wrong = (member: string): never => {
    throw new HopError("evaluation_mismatch", { member, evidence: { chain } });
  };
  if (resource.id !== route.id) wrong("resource.id");
  if (action.name !== operation.action && action.name !== method) wrong("action.name");
  if (!isSubject(chain, subject)) wrong("subject");
}

/** A person must be the chain's subject; a workload must be the caller, which is the principal of the policies. */
function isSubject(chain: VerifiedChain, { type, id, properties }: Evaluation["subject"]): boolean {
  const { subject } = chain;
  if (type === "user") return id === subject.sub && (properties.issuer ?? subject.iss) === subject.iss;
  const caller = callerOf(chain);
  return type === "workload" && caller.proof !== "told" && id === partyId(caller);
}

/** The members of the error that the caller itself would get, and the challenge. */
async function refused(cause: unknown, arrival: Arrival, request: Request, gateway: Gateway): Promise<Evaluated> {
  const { error, response } = await fail(cause, arrival, request, gateway);
  const { acr, maxAge } = error.challenge;
  const told = (await response.json()) as Record<string, unknown>;
  const challenge = response.headers.get("www-authenticate");
  const context = {
    id: arrival.id,
    reason: error.message,
    rule: error.rule,
    error: { status: response.status, message: error.message },
    ...(told["approval"] !== undefined && { approval: told["approval"] }),
    ...(acr !== undefined && { acr_values: acr }),
    ...(maxAge !== undefined && { max_age: maxAge }),
    ...(challenge !== null && { www_authenticate: challenge }),
  };
  return { decision: false, context, status: response.status, message: error.message };
}
