/** Requests to AWS: credentials of a role that the gateway assumes as a workload, and Signature Version 4. */
import { AwsV4Signer } from "aws4fetch";
import * as v from "valibot";
import type { Credential } from "../config.ts";
import { fetchWhole } from "../content.ts";
import type { ProviderEdges } from "../trust/provider.ts";
import { hexOf } from "./hex.ts";
import { type Issued, untilOf } from "./kept.ts";

type Aws = Extract<Credential, { kind: "aws" }>;

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const text = v.pipe(v.string(), v.minLength(1));
const Answer = v.object({
  AssumeRoleWithWebIdentityResponse: v.object({
    AssumeRoleWithWebIdentityResult: v.object({
      // Seconds since the epoch.
      Credentials: v.object({ AccessKeyId: text, SecretAccessKey: text, SessionToken: text, Expiration: v.number() }),
    }),
  }),
});

/**
 * AWS Security Token Service, `AssumeRoleWithWebIdentity` (API version 2011-06-15), answered as JSON.
 *
 * @param token of the gateway's own issuer
 * @param session name of the session in CloudTrail
 */
export async function assumeRole(
  credential: Aws,
  token: string,
  session: string,
  edges: ProviderEdges,
): Promise<Issued<AwsCredentials>> {
  const { role_arn: role, region, sts_url: url = `https://sts.${region}.amazonaws.com/` } = credential;
  const body = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: role,
    RoleSessionName: session,
    WebIdentityToken: token,
  });
  const request = new Request(url, {
    method: "POST",
    body,
    headers: { accept: "application/json" },
    redirect: "manual",
  });
  const answer = await fetchWhole(request, edges.fetch);
  if (!answer.ok) throw new Error(`AWS answers ${answer.status} to AssumeRoleWithWebIdentity`);
  const { Credentials: issued } = v.parse(Answer, await answer.json()).AssumeRoleWithWebIdentityResponse
    .AssumeRoleWithWebIdentityResult;
  const value = {
    accessKeyId: issued.AccessKeyId,
    secretAccessKey: issued.SecretAccessKey,
    sessionToken: issued.SessionToken,
  };
  return { value, until: untilOf(Math.floor(issued.Expiration - edges.now() / 1000), edges.now()) };
}

/** The signed parts of a request. */
export interface SignedByAws {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/** A time in AWS's format: `20150830T123600Z`. */
function stampOf(now: number): string {
  return new Date(now).toISOString().replace(/[:-]|\.\d{3}/g, "");
}

/** The headers with a signature over headers, address and body. @param now milliseconds since the epoch */
export async function signForAws(
  { method, url, headers, body }: SignedByAws,
  { service, region }: Pick<Aws, "service" | "region">,
  credentials: AwsCredentials,
  now: number,
): Promise<Headers> {
  const all = new Headers(headers);
  // S3 would accept an unsigned body; here it is always signed, so that it cannot be changed.
  if (service === "s3") all.set("x-amz-content-sha256", await hexHashOf(body ?? new Uint8Array()));
  const signer = new AwsV4Signer({
    method,
    url,
    headers: all,
    body: body ?? null,
    ...credentials,
    service,
    region,
    datetime: stampOf(now),
  });
  return (await signer.sign()).headers;
}

async function hexHashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}
