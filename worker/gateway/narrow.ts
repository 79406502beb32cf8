/** What the narrowed token may say: chain, route and obligations, whichever is narrowest. Pure. */
import type { Decision } from "../types.ts";

export interface Narrowed {
  readonly audience: string;
  readonly scopes: readonly string[];
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** @param now seconds since the epoch */
export function narrow({ chain, obligations }: Decision, now: number): Narrowed {
  const { route, method } = chain.presentation;
  const needed = route.methods[method]?.scopes ?? [];
  const allowed = obligations.scopes;
  return {
    audience: route.audience,
    scopes: needed.filter((scope) => chain.scopes.includes(scope) && (allowed?.includes(scope) ?? true)),
    expires: Math.min(chain.expires, now + route.ttl, now + (obligations.maxTtl ?? Number.POSITIVE_INFINITY)),
  };
}
