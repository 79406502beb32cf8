/** The gateway that is attacked at its token endpoint, the clients, and the tokens that they have. */
import { CAST, keyNamed, sign } from "../../vectors/craft.ts";
import { nowSeconds, type World } from "../harness.ts";
import {
  AGENT,
  basic,
  exchange,
  grantedBy,
  ORDERS,
  personToken,
  post,
  REFUNDS,
  register,
  registerCast,
} from "../oauth.ts";
import { sharedWorld } from "../shared-world.ts";

export let world: World;
/** Registers the clients that attack and are attacked. */
export async function registerAttackers(): Promise<void> {
  world = await sharedWorld();
  await registerCast(world);
  const shallow = { client_id: "shallow", actor: "urn:acme:shallow", aliases: [REFUNDS], max_depth: 1 };
  const reader = {
    client_id: "reader",
    actor: "urn:acme:reader",
    aliases: ["support-agent"],
    scopes: ["orders:read"],
    audiences: [ORDERS],
  };
  const quick = { client_id: "quick", actor: "urn:acme:quick", aliases: ["support-agent"], max_task_seconds: 60 };
  const onlyExchange = {
    client_id: "only-exchange",
    actor: "urn:acme:only",
    grants: ["urn:ietf:params:oauth:grant-type:token-exchange"],
  };
  const pair = await keyNamed("assertion");
  const signer = {
    client_id: "signer",
    actor: "urn:acme:signer",
    auth_method: "private_key_jwt",
    keys: [{ ...pair.jwk, kid: "k" }],
  };
  for (const client of [shallow, reader, quick, onlyExchange, signer]) await register(world, client);
}

export type Attack = () => Promise<Response>;
export const service = basic("refund-service");
/** A token that the agent got for the refund service. */
export async function forService(claims: Record<string, unknown> = {}): Promise<string> {
  return (await grantedBy(await exchange(world, { subject_token: await personToken(claims), audience: REFUNDS })))
    .access_token;
}
export async function actorToken(claims: Record<string, unknown> = {}): Promise<string> {
  return personToken({
    sub: AGENT,
    client_id: AGENT,
    aud: "support-agent",
    txn: undefined,
    tctx: undefined,
    ...claims,
  });
}
export async function assertion(
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  const now = nowSeconds();
  const all = {
    iss: "signer",
    sub: "signer",
    aud: CAST.gateway,
    iat: now,
    exp: now + 60,
    jti: crypto.randomUUID(),
    ...claims,
  };
  return sign({ alg: "EdDSA", kid: "k", ...header }, all, await keyNamed("assertion"));
}
export const byAssertion = (client_assertion: string): Promise<Response> =>
  post(
    world,
    "/oauth/token",
    {
      grant_type: "client_credentials",
      audience: ORDERS,
      client_assertion,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    },
    {},
  );

/** What is tried; the status, error and words of the answer; how it is tried. */
export type Row = readonly [name: string, status: number, error: string, because: string, attack: Attack];
