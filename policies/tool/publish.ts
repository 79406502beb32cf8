/** Publishes a policy set: content first, under its hash; then the signed release that points to it. */

import type { Remote } from "../../sdk/admin.ts";
import type { PrivateKey } from "../../sdk/keys.ts";
import type { Release } from "../../worker/policy/release.ts";
import { release, uploadSet } from "./remote.ts";
import { makeDocument, type PolicyDocument } from "./source.ts";
import type { PolicyFiles } from "./test.ts";

export interface PublishOptions {
  readonly note?: string | undefined;
  /** Publishes a candidate, evaluated in shadow for this share of the requests, 0 to 1. */
  readonly shadow?: number | undefined;
}

/** @throws Error with the gateway's answer if it refuses; the current set stays in force */
export async function publishPolicies(
  files: PolicyFiles,
  remote: Remote,
  publisher: PrivateKey,
  { note, shadow }: PublishOptions = {},
): Promise<PolicyDocument & { readonly release: Release }> {
  const document = makeDocument(files);
  await uploadSet(remote, document);
  const wish = { set: document.hash, ...(note !== undefined && { note }) };
  const released = await release(
    remote,
    publisher,
    shadow === undefined ? { kind: "current", ...wish } : { kind: "shadow", share: shadow, ...wish },
  );
  return { ...document, release: released };
}
