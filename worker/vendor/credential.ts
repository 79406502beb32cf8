/** Puts a credential at a vendor, the gateway's own or the person's, into a request that the policies have allowed. */
import type { Credential } from "../config.ts";
import { HopError } from "../errors.ts";
import { type CloudEdges, withAws, withCloudToken } from "./cloud.ts";
import { hmacHeaders } from "./hmac.ts";
import { accountToken, type PersonEdges } from "./person.ts";
import { type Credentialed, type Credentialing, inHeaders, withBearer, withParameter } from "./placed.ts";
import { type TokenEdges, withClientToken, withSubjectToken } from "./tokens.ts";

export interface CredentialEdges extends TokenEdges, CloudEdges, PersonEdges {}

/** @throws HopError `credential_unavailable`, `account_unconnected`, `subject_foreign` */
export async function withCredential(
  credentialing: Credentialing,
  credential: Credential,
  edges: CredentialEdges,
): Promise<Credentialed> {
  const { request, content, minted } = credentialing;
  switch (credential.kind) {
    case "person": {
      const { subject } = minted.decision.chain;
      const { token, version } = await accountToken(credential.vendor, subject, edges);
      const refused = () => edges.grantsOf(subject).refuse(subject, credential.vendor, version);
      return { ...withBearer(request, token), refused };
    }
    case "oauth":
      return withClientToken(request, credential, secretNow(credential.secret, edges), edges);
    case "exchange": {
      const secret = credential.secret === undefined ? undefined : secretNow(credential.secret, edges);
      return withSubjectToken(credentialing, credential, secret, edges);
    }
    case "aws":
      return withAws(credentialing, credential, edges);
    case "google":
    case "azure":
      return withCloudToken(credentialing, credential, edges);
    default: {
      const secret = secretNow(credential.secret, edges);
      return withSecret(request, credential, secret, content, edges.now());
    }
  }
}

type Static = Extract<Credential, { kind: "header" | "query" | "basic" | "hmac" }>;

/** @param now milliseconds since the epoch */
async function withSecret(
  request: Request,
  credential: Static,
  secret: string,
  content: Uint8Array | undefined,
  now: number,
): Promise<Credentialed> {
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
      const timestamp = Math.floor(now / 1000);
      const body = content ?? new Uint8Array();
      const parts = { method: request.method, target: pathname + search, body, timestamp };
      return inHeaders(request, await hmacHeaders(credential, secret, parts), [secret]);
    }
  }
}

/** @throws HopError `credential_unavailable` */
function secretNow(name: string, { secretOf }: Pick<CredentialEdges, "secretOf">): string {
  const secret = secretOf(name);
  if (secret === undefined || secret === "") throw new HopError("credential_unavailable");
  return secret;
}
