/** A request with a credential in it: in a header, or in the query. */
import type { Minted } from "../types.ts";

/** The parts of a request that a credential depends on. */
export interface Credentialing {
  /** The finished request; a caller's value in the credential's place is overwritten. */
  readonly request: Request;
  /** The body, if it was read whole. */
  readonly content: Uint8Array<ArrayBuffer> | undefined;
  /** Subject and actors of the request. */
  readonly minted: Pick<Minted, "decision" | "claims">;
}

export interface Credentialed {
  readonly request: Request;
  /** Strings that must not reach the caller in any encoding (forms.ts). */
  readonly secrets: readonly string[];
  /** Called if the vendor refuses the credential. */
  refused?(): void | Promise<void>;
}

export function inHeaders(
  request: Request,
  fields: readonly [string, string][],
  secrets: readonly string[],
): Credentialed {
  const headers = new Headers(request.headers);
  for (const [name, value] of fields) headers.set(name, value);
  return { request: new Request(request, { headers }), secrets };
}

/** RFC 6750, section 2.1. @param secrets with which the token was obtained */
export function withBearer(request: Request, token: string, secrets: readonly string[] = []): Credentialed {
  return inHeaders(request, [["authorization", `Bearer ${token}`]], [...secrets, token]);
}

/**
 * Other parameters stay as policies have seen them; the caller's parameters with the credential's name, in any case,
 * are removed.
 */
export function withParameter(address: string, name: string, secret: string): string {
  const url = new URL(address);
  const kept = url.search
    .slice(1)
    .split("&")
    .filter((piece) => piece !== "" && nameOf(piece).toLowerCase() !== name.toLowerCase());
  url.search = [...kept, `${encodeURIComponent(name)}=${encodeURIComponent(secret)}`].join("&");
  return url.href;
}

function nameOf(piece: string): string {
  return decodeURIComponent((piece.split("=")[0] as string).replaceAll("+", " "));
}
