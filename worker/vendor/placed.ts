/** A request with a credential in it: in a header, or in the query. */
import type { Minted } from "../types.ts";

/** What of a request decides the credential. */
export interface Credentialing {
  /** Otherwise final; what the caller put in the credential's place is overwritten. */
  readonly request: Request;
  /** The body, where it was read whole. */
  readonly content: Uint8Array<ArrayBuffer> | undefined;
  /** Whom the request is for, and through whom. */
  readonly minted: Pick<Minted, "decision" | "claims">;
}

export interface Credentialed {
  readonly request: Request;
  /** What must not go back to the caller, in any of the forms in which it can be written (forms.ts). */
  readonly secrets: readonly string[];
  /** To be called where the vendor answers that it does not take the credential. */
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

/** RFC 6750, section 2.1. @param secrets that were needed for the token */
export function withBearer(request: Request, token: string, secrets: readonly string[] = []): Credentialed {
  return inHeaders(request, [["authorization", `Bearer ${token}`]], [...secrets, token]);
}

/** All other parameters stay as they were judged; none of the caller's has the credential's name, in whatever case. */
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
