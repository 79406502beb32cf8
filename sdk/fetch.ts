/** `fetch` with a chain: every request gets a fresh proof over the whole chain. */
import { presentation } from "./dpop.ts";
import type { HolderKey } from "./keys.ts";

export interface ChainHolder {
  /** The chain, or a function that returns it for each request, so that a chain can be replaced before it expires. */
  readonly chain: string | (() => string | Promise<string>);
  /** The private key that its last hop names. */
  readonly key: HolderKey;
  /** Default: the runtime's. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/**
 * Makes a `fetch` that presents the chain with a DPoP proof (RFC 9449), once for each request. Redirects are not followed: a
 * proof is for one address.
 *
 * @example
 * ```ts
 * const call = chainFetch({ chain, key });
 * const response = await call("https://gateway.example.com/orders/17");
 * ```
 */
export function chainFetch({ chain, key, fetch: send = fetch }: ChainHolder): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, { ...init, redirect: "manual" });
    const presented = typeof chain === "string" ? chain : await chain();
    const headers = new Headers(request.headers);
    const proof = await presentation({ key, chain: presented, method: request.method, url: request.url });
    for (const [name, value] of Object.entries(proof)) headers.set(name, value);
    return send(new Request(request, { headers }));
  };
}
