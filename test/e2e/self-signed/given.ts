import { expect } from "vitest";
import { CAST, keyNamed, type Segment, sign } from "../../vectors/craft.ts";
import { nowSeconds, type World } from "../harness.ts";
import { basic, exchange, grantedBy, register, type Server, serverOf, TYPE } from "../oauth.ts";
import { sharedWorld } from "../shared-world.ts";

export const SELF_SIGNED = "urn:ietf:params:oauth:token-type:self_signed";
export const NIGHTLY = "spiffe://acme.example/jobs/nightly";

export let world: World;
export let verified: Server["verified"];
/** Registers the clients. */
export async function registerSigners(): Promise<void> {
  ({ world, verified } = await serverOf(await sharedWorld()));
  const keyOf = async (name: string) => ({ kty: "OKP", crv: "Ed25519", x: (await keyNamed(name)).x });
  const job = { client_id: "nightly", actor: NIGHTLY, keys: [await keyOf("nightly")] };
  for (const client of [
    { ...job, self_signed_subjects: [NIGHTLY, "nightly", "alice", "customer-*", "https:*"] },
    { ...job, client_id: "weekly", actor: "spiffe://acme.example/jobs/weekly", keys: [await keyOf("weekly")] },
    {
      ...job,
      client_id: "signer",
      actor: "urn:acme:signer",
      auth_method: "private_key_jwt",
      self_signed_subjects: ["*"],
    },
  ]) {
    const answer = await register(world, client);
    expect([answer.ok, await answer.text()]).toEqual([true, expect.anything()]);
  }
}

export interface Change {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly signedBy?: string;
}

/** What the nightly job states and signs; claims that are undefined are left out. */
export async function selfSigned({ claims = {}, header = {}, signedBy = "nightly" }: Change = {}): Promise<string> {
  const iat = nowSeconds();
  const all = { iss: NIGHTLY, sub: "customer-17", aud: CAST.gateway, iat, exp: iat + 120, ...claims };
  return sign(defined({ alg: "EdDSA", typ: "JWT", ...header }), defined(all), await keyNamed(signedBy));
}

function defined(all: Record<string, unknown>): Segment {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export function ask(subject_token: string, form: Record<string, string> = {}, client = "nightly"): Promise<Response> {
  const all = {
    subject_token,
    subject_token_type: SELF_SIGNED,
    requested_token_type: TYPE.txn,
    audience: "acme.example",
    scope: "orders:read",
    ...form,
  };
  return exchange(world, all, basic(client));
}

export async function txnToken(change?: Change) {
  const { access_token } = await grantedBy(await ask(await selfSigned(change)));
  return { access_token, claims: await verified(access_token, "txntoken+jwt") };
}
