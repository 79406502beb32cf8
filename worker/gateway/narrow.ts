/** The claims of the narrowed token: the narrowest of chain, route and obligations. Pure. */
import type { Decision } from "../types.ts";

export interface Narrowed {
  readonly audience: string;
  readonly scopes: readonly string[];
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** @param now seconds since the epoch */
export function narrow(decision: Decision, now: number): Narrowed {
  const { chain, obligations } = decision;
  const { route, operation } = chain.presentation;
  return {
    audience: route.audience,
    scopes: operation.scopes.filter((scope) => holdsScope(decision, scope)),
    expires: Math.min(chain.expires, now + route.ttl, now + (obligations.maxTtl ?? Number.POSITIVE_INFINITY)),
  };
}

/** Whether the chain has the scope, and the policies permit its use. */
export function holdsScope({ chain, obligations }: Pick<Decision, "chain" | "obligations">, scope: string): boolean {
  return chain.scopes.includes(scope) && (obligations.scopes?.includes(scope) ?? true);
}
