/**
 * Commitments (draft-mw-oauth-actor-chain, "Commitment Function"): each hash covers the previous one and the exact
 * proof of the added actor, so no actor can be added, left out or moved later. JSON is canonical (RFC 8785).
 */
import canonicalize from "canonicalize";
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from "jose";
import * as v from "valibot";
import { toBase64url } from "../../../wasm/core.ts";
import { OauthError } from "../errors.ts";
import type { Service } from "../service.ts";
import type { InboundState } from "./profile.ts";

const CONTEXT = "actor-chain-commitment-v1";
const TYPE = "act-commitment+jwt";
/** The hash that every implementation must support. */
export const HASH = "sha-256";

const text = v.pipe(v.string(), v.minLength(1));
const Payload = v.strictObject({
  ctx: v.literal(CONTEXT),
  iss: text,
  acti: text,
  actp: text,
  halg: v.literal(HASH),
  prev: text,
  step_hash: text,
  curr: text,
});
type Payload = v.InferOutput<typeof Payload>;

/** RFC 8785. */
export function canonicalJson(value: object): string {
  return canonicalize(value) as string;
}

export function hashText(value: string, { core }: Pick<Service, "core">): string {
  return toBase64url(core.sha256(new TextEncoder().encode(value)));
}

/** Commit_AS: signs the state that follows `prev` with this proof. */
export function commit(
  { acti, actp }: { acti: string; actp: string },
  prev: string,
  stepProof: string,
  service: Service,
): Promise<string> {
  const step_hash = hashText(stepProof, service);
  const state = { ctx: CONTEXT, iss: service.config.gateway.id, acti, actp, halg: HASH, prev, step_hash };
  const curr = hashText(canonicalJson(state), service);
  return service.signer.signText(TYPE, canonicalJson({ ...state, curr }));
}

/**
 * The digest that the next proof builds on.
 *
 * @throws OauthError `invalid_grant` if the commitment is missing, not ours, or of another workflow
 */
export async function priorDigest({ actc, acti, actp }: InboundState, service: Service): Promise<string> {
  const payload = actc === undefined ? undefined : await readCommitment(actc, service.publicKeys);
  const { curr, ...state } = payload ?? {};
  const holds = payload?.acti === acti && payload.actp === actp && hashText(canonicalJson(state), service) === curr;
  if (!holds) throw new OauthError("invalid_grant", "`actc` of `subject_token` is not a commitment of its workflow");
  return curr as string;
}

async function readCommitment(actc: string, keys: JSONWebKeySet): Promise<Payload | undefined> {
  try {
    const { payload, protectedHeader } = await compactVerify(actc, createLocalJWKSet(keys), { algorithms: ["EdDSA"] });
    const json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
    const parsed = v.safeParse(Payload, JSON.parse(json));
    const exact = protectedHeader.typ === TYPE && parsed.success && canonicalJson(parsed.output) === json;
    return exact ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
