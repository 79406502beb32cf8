/** Puts the gateway's own credential at a vendor into a request that the policies have allowed. */
import type { Credential } from "../config.ts";
import { HopError } from "../errors.ts";
import type { TokenEdges, VendorTokens } from "./client-credentials.ts";
import { hmacHeaders } from "./hmac.ts";

export interface CredentialEdges extends TokenEdges {
  /** A secret of the Worker. */
  secretOf(name: string): string | undefined;
  readonly vendorTokens: VendorTokens;
}

export interface Credentialed {
  readonly request: Request;
  /** What must not go back to the caller, in any of the forms in which it can be written (forms.ts). */
  readonly secrets: readonly string[];
  /** To be called where the vendor answers that it does not take the credential. */
  refused?(): void;
}

/**
 * @param request otherwise final; what the caller put in the credential's place is overwritten
 * @param content the body, where it was read whole
 * @throws HopError `credential_unavailable`
 */
export async function withCredential(
  request: Request,
  credential: Credential,
  content: Uint8Array | undefined,
  edges: CredentialEdges,
): Promise<Credentialed> {
  const secret = edges.secretOf(credential.secret);
  if (secret === undefined || secret === "") throw new HopError("credential_unavailable");
  switch (credential.kind) {
    case "header":
      return inHeaders(request, [[credential.name, credential.prefix + secret]], [secret]);
    case "query":
      return { request: new Request(withParameter(request.url, credential.name, secret), request), secrets: [secret] };
    case "basic": {
      const encoded = btoa(String.fromCharCode(...new TextEncoder().encode(secret)));
      const password = secret.slice(secret.indexOf(":") + 1);
      return inHeaders(request, [["authorization", `Basic ${encoded}`]], [secret, password]);
    }
    case "hmac": {
      const { pathname, search } = new URL(request.url);
      const timestamp = Math.floor(edges.now() / 1000);
      const body = content ?? new Uint8Array();
      const parts = { method: request.method, target: pathname + search, body, timestamp };
      return inHeaders(request, await hmacHeaders(credential, secret, parts), [secret]);
    }
    case "oauth": {
      const token = await edges.vendorTokens.get(credential, secret, edges).catch((cause: unknown) => {
        throw new HopError("credential_unavailable", { cause });
      });
      const credentialed = inHeaders(request, [["authorization", `Bearer ${token}`]], [secret, token]);
      return { ...credentialed, refused: () => edges.vendorTokens.forget(credential, secret) };
    }
  }
}

function inHeaders(request: Request, fields: readonly [string, string][], secrets: readonly string[]): Credentialed {
  const headers = new Headers(request.headers);
  for (const [name, value] of fields) headers.set(name, value);
  return { request: new Request(request, { headers }), secrets };
}

/** All other parameters stay as they were judged; none of the caller's has the credential's name, in whatever case. */
function withParameter(address: string, name: string, secret: string): string {
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
