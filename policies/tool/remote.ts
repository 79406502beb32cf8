/** Client of a gateway's `/admin/policies`, for authors. */

import { CompactSign, importJWK } from "jose";
import { AdminError, askAdmin, type Remote } from "../../sdk/admin.ts";
import type { PrivateKey } from "../../sdk/keys.ts";
import type { RecordedChain } from "../../worker/chain/types.ts";
import type { AuditRecord } from "../../worker/ledger/record.ts";
import { RELEASE_TYPE, type Release, type ReleaseClaims } from "../../worker/policy/release.ts";
import type { Difference } from "../../worker/policy/shadow.ts";

export interface Published {
  readonly current: string | undefined;
  readonly candidate: string | undefined;
  /** Newest first. */
  readonly releases: readonly Release[];
  /** `kid` of each key in POLICY_KEYS. A release by another key was made before that key was removed. */
  readonly publishers: readonly string[];
}

export interface LiveDifference extends Difference {
  readonly id: string;
  readonly time: string;
  readonly route: string;
  readonly chain: RecordedChain;
}

export async function fetchPublished(remote: Remote): Promise<Published> {
  return (await askAdmin(remote, "policies")).json() as Promise<Published>;
}

export async function fetchSet(remote: Remote, hash: string): Promise<string> {
  return (await askAdmin(remote, `policies/sets/${hash}`)).text();
}

export async function fetchSource(remote: Remote, hash: string): Promise<string> {
  return (await askAdmin(remote, `policies/sources/${hash}`)).text();
}

export async function fetchComparison(remote: Remote, candidate: string) {
  const answer = await askAdmin(remote, `policies/comparison/${candidate}`);
  return answer.json() as Promise<{ compared: number; differing: number; differences: LiveDifference[] }>;
}

/** A decision can be found by its id a moment after it was recorded, so an unknown one is requested again. */
export async function fetchDecision(remote: Remote, id: string): Promise<{ task: string; record: AuditRecord }> {
  const path = `decisions/${encodeURIComponent(id)}`;
  const answer = await askAdmin(remote, path).catch(async (error: unknown) => {
    if (!(error instanceof AdminError) || error.status !== 404) throw error;
    await new Promise((resolve) => setTimeout(resolve, 2000));
    return askAdmin(remote, path);
  });
  return answer.json() as Promise<{ task: string; record: AuditRecord }>;
}

/** Stores a set under its hash; it decides nothing until it is released. */
export async function uploadSet(
  remote: Remote,
  { hash, text, source }: { hash: string; text: string; source: string },
): Promise<void> {
  await askAdmin(remote, `policies/sets/${hash}`, { method: "PUT", body: JSON.stringify({ set: text, source }) });
}

type Wish =
  | Omit<Extract<ReleaseClaims, { kind: "current" }>, "seq" | "iat">
  | Omit<Extract<ReleaseClaims, { kind: "shadow" }>, "seq" | "iat">;

/** Signs the next release and submits it. */
export async function release(remote: Remote, publisher: PrivateKey, wish: Wish): Promise<Release> {
  const { releases } = await fetchPublished(remote);
  const claims = { ...wish, seq: (releases[0]?.seq ?? 0) + 1, iat: Math.floor(Date.now() / 1000) };
  const jws = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "EdDSA", typ: RELEASE_TYPE, kid: publisher.kid })
    .sign(await importJWK({ ...publisher }, "EdDSA"));
  return (await askAdmin(remote, "policies/releases", { method: "POST", body: jws })).json() as Promise<Release>;
}
