/**
 * Requests to clouds, at which the gateway is a workload: `route:<id>` of its own issuer (worker/trust/federation.ts).
 */
import type { Credential } from "../config.ts";
import { HopError } from "../errors.ts";
import type { Federation } from "../trust/federation.ts";
import { available } from "./available.ts";
import { type AwsCredentials, assumeRole, signForAws } from "./aws.ts";
import { askAzure, askGoogle, audienceOf } from "./clouds.ts";
import type { Kept } from "./kept.ts";
import { type Credentialed, type Credentialing, withBearer } from "./placed.ts";
import type { TokenEdges } from "./tokens.ts";

type Aws = Extract<Credential, { kind: "aws" }>;
type Cloud = Extract<Credential, { kind: "google" | "azure" }>;

export interface CloudEdges extends TokenEdges {
  /** Undefined without FEDERATION_KEYS. */
  federation(): Promise<Federation | undefined>;
  readonly awsCredentials: Kept<AwsCredentials>;
}

/** @throws HopError `credential_unavailable` */
export async function withCloudToken(
  { request, minted }: Credentialing,
  cloud: Cloud,
  edges: CloudEdges,
): Promise<Credentialed> {
  const subject = workloadOf(minted);
  const name = JSON.stringify([cloud, subject]);
  const ask = async () => {
    const token = await (await federationNow(edges)).tokenFor(subject, audienceOf(cloud), edges.now());
    return cloud.kind === "google" ? askGoogle(cloud, token, edges) : askAzure(cloud, token, edges);
  };
  const token = await available(edges.vendorTokens.get(name, edges.now(), ask));
  return { ...withBearer(request, token), refused: () => edges.vendorTokens.forget(name, edges.now()) };
}

/** @throws HopError `credential_unavailable` */
export async function withAws(
  { request, content, minted }: Credentialing,
  aws: Aws,
  edges: CloudEdges,
): Promise<Credentialed> {
  const subject = workloadOf(minted);
  const name = JSON.stringify([aws, subject]);
  const ask = async () => {
    const token = await (await federationNow(edges)).tokenFor(subject, aws.audience, edges.now());
    return assumeRole(aws, token, sessionOf(minted), edges);
  };
  const credentials = await available(edges.awsCredentials.get(name, edges.now(), ask));
  const { method, url, headers } = request;
  const signed = await signForAws({ method, url, headers, body: content }, aws, credentials, edges.now());
  return {
    request: new Request(request, { headers: signed }),
    secrets: Object.values(credentials),
    refused: () => edges.awsCredentials.forget(name, edges.now()),
  };
}

async function federationNow({ federation }: CloudEdges): Promise<Federation> {
  const made = await federation();
  if (made === undefined) throw new HopError("credential_unavailable");
  return made;
}

/** The subject that a cloud's conditions name: the route, so that each route can have its own role. */
function workloadOf({ decision }: Credentialing["minted"]): string {
  return `route:${decision.chain.presentation.route.id}`;
}

/** Name of the session in CloudTrail: 2 to 64 characters. */
function sessionOf({ decision }: Credentialing["minted"]): string {
  return `hopgate-${decision.chain.presentation.route.id}`.slice(0, 64);
}
