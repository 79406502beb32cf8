/** Makes the document of a policy set, and hands it to a gateway. */
import { createHash } from "node:crypto";
import type { CompiledDocument } from "../../worker/policy/format.ts";
import { compilePolicies } from "./compile.ts";
import type { PolicyFiles } from "./test.ts";

export interface Published {
  /** base64url(SHA-256) of the document. */
  readonly hash: string;
  readonly bytes: number;
  readonly policies: number;
}

/** The bytes that KV keeps. */
export function makeDocument({ cedarText, schemaText, entities }: PolicyFiles): {
  hash: string;
  text: string;
  policies: number;
} {
  const policies = compilePolicies(cedarText, schemaText);
  const document: CompiledDocument = { policies, entities };
  const text = JSON.stringify(document);
  return { hash: createHash("sha256").update(text).digest("base64url"), text, policies: policies.policies.length };
}

/**
 * Publishes a set: the gateway checks it, stores the content, and moves the pointer last.
 *
 * @throws Error with the gateway's answer where it refuses
 */
export async function publishPolicies(files: PolicyFiles, gateway: string, adminToken: string): Promise<Published> {
  const { hash, text, policies } = makeDocument(files);
  const response = await fetch(new URL(`/admin/policies/${hash}`, gateway), {
    method: "PUT",
    headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
    body: text,
  });
  if (!response.ok) throw new Error(`the gateway answered ${response.status}: ${await response.text()}`);
  return { hash, bytes: Buffer.byteLength(text), policies };
}
