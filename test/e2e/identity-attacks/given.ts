/** The gateway that attacks on identity are tried on, and what an attacker there can send. */
import { exportJWK, generateKeyPair } from "jose";
import { expect } from "vitest";
import { sha256 } from "../../../cli/hash.ts";
import { askConsole, startSession } from "../../../cli/people.ts";
import { readPolicyFiles } from "../../../policies/tool/files.ts";
import { publishPolicies } from "../../../policies/tool/publish.ts";
import { taskId } from "../../../worker/chain/task.ts";
import type { AuditRecord } from "../../../worker/ledger/record.ts";
import { CAST, keyNamed, sign } from "../../vectors/craft.ts";
import { withHop as addHop, type HopOptions, rootOf, toAgent, toService } from "../chains.ts";
import { ADMIN_TOKEN, admin, call, nowSeconds, recordsOf, startWorld, type World } from "../harness.ts";
import { AGENT, basic, grantedBy, post, register, registerCast, SERVICE, TYPE } from "../oauth.ts";

export const PARTNER = "https://idp.partner.example";
export const PEOPLE = "https://people.acme.example";
export const WORKER = "spiffe://prod.example/worker";
export const JAG = "urn:ietf:params:oauth:token-type:id-jag";
export const BEARER_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";

export let world: World;
export let prodKey: CryptoKey;

/** Starts the gateway that all attacks are tried on. @returns what stops it */
export async function startAttacked(): Promise<() => Promise<void>> {
  world = await startWorld({
    edit: (config) =>
      config
        .replace('trust_domain = "acme.example"', 'trust_domain = "acme.example"\nclock_skew = 0')
        .replace("grants = true", 'grants = true\nclaims = { purpose = "reason" }')
        .replace("local = true", `local = true\nseparate_issuers = ["${PARTNER}"]`)
        .replace('subjects = ["https://idp.acme.example",', `subjects = ["${PARTNER}", "https://idp.acme.example",`),
  });
  const files = await readPolicyFiles("policies");
  const two = `
@id("two-groups")
@approval("board")
forbid (principal, action == Action::"orders:export", resource)
when { context has purpose && context.purpose == "customer-support/two" }
unless { context.approved };
@id("children-read-customers")
permit (principal, action == Action::"crm:read", resource in Api::"crm-api")
when { context.actors.contains("${AGENT}") };`;
  await publishPolicies({ ...files, cedarText: files.cedarText + two }, remote(), world.publisher);
  await registerCast(world);
  const pair = await generateKeyPair("ES256", { extractable: true });
  prodKey = pair.privateKey;
  world.upstream.jwks.set("bundle.json", {
    keys: [{ ...(await exportJWK(pair.publicKey)), kid: "p", use: "jwt-svid" }],
  });
  const signer = { ...(await keyNamed("assertion")).jwk, kid: "k" };
  for (const client of [
    { client_id: "billing", actor: "urn:acme:billing", aliases: ["acme.example"] },
    { client_id: WORKER, actor: WORKER, auth_method: "spiffe_jwt", secret_hashes: [] },
    {
      client_id: "https://signer.example",
      actor: "https://signer.example",
      auth_method: "private_key_jwt",
      keys: [signer],
    },
    {
      client_id: "https://other.example",
      actor: "https://other.example",
      auth_method: "private_key_jwt",
      keys: [{ ...(await keyNamed("other")).jwk, kid: "k" }],
    },
    { client_id: "relay", actor: "urn:acme:relay", aliases: ["relay"], actors: [SERVICE] },
    { client_id: "desk", actor: "urn:acme:desk", grants: [BEARER_GRANT], max_depth: 16 },
    { client_id: "old-desk", actor: "urn:acme:old-desk", grants: [BEARER_GRANT], max_task_seconds: 60 },
    {
      client_id: "abroad",
      actor: "urn:acme:abroad",
      aliases: ["abroad"],
      domains: { "https://as.partner.example": "acme-abroad" },
    },
    { client_id: "mallory", actor: "urn:mallory", aliases: ["mallory"], keys: [(await keyNamed("mallory")).jwk] },
  ])
    expect((await register(world, client)).status).toBe(200);
  return () => world.stop();
}

/** One more hop, which ends well before its parent does. */
export const withHop = (chain: string, { claims, ...options }: HopOptions): Promise<string> => {
  const exp = nowSeconds() + 700 - 60 * chain.split("~").length;
  return addHop(chain, { ...options, claims: { exp, ...claims } });
};
export const remote = () => ({ gateway: world.url, adminToken: ADMIN_TOKEN });
export const revoke = async (body: object): Promise<void> => {
  const answer = await admin(world, "revocations", { reason: "campaign", ...body });
  if (!answer.ok) throw new Error(await answer.text());
};
/** What an answer says: status, and the error in words, with its rule. */
export async function said(response: Response): Promise<string> {
  const body = await response.text();
  try {
    const { error, error_description: why, ...rest } = JSON.parse(body) as Record<string, string>;
    return `${response.status} ${error === undefined ? JSON.stringify(rest).slice(0, 600) : `${error} ${why}`}`;
  } catch {
    return `${response.status} ${body.slice(0, 200)}`;
  }
}
export const agentChain = async (
  claims: Record<string, unknown> = {},
  hop: Partial<HopOptions> = {},
): Promise<string> => withHop(await rootOf({ claims }), { ...toAgent, ...hop });
export const serviceChain = async (claims: Record<string, unknown> = {}): Promise<string> =>
  withHop(await agentChain(claims), toService);
export const send = async (chain: string, key: string, path?: string): Promise<string> =>
  said(await call(world, { chain, key: await keyNamed(key), ...(path && { path }) }));
export const partnerRoot = (claims: Record<string, unknown> = {}): Promise<string> =>
  rootOf({ claims: { iss: PARTNER, ...claims }, header: { kid: "partner-1" }, signedBy: "partner-idp" });
/** A token without a key, which anybody may bring. */
export const bearer = async (chain: string, path = "/orders/17"): Promise<string> =>
  said(await fetch(world.url + path, { headers: { authorization: `Bearer ${chain}` } }));
export const ask = (client: string, form: Record<string, string>, headers = basic(client)) =>
  post(world, "/oauth/token", { audience: CAST.gateway, ...form }, headers);
export const own = async (client = "support-agent", audience: string = CAST.gateway): Promise<string> =>
  (await grantedBy(await ask(client, { grant_type: "client_credentials", audience }))).access_token;
export const assertWith = (assertion: string, type: string, more: Record<string, string> = {}) =>
  ask(
    "",
    {
      grant_type: "client_credentials",
      client_assertion_type: `urn:ietf:params:oauth:client-assertion-type:${type}`,
      client_assertion: assertion,
      ...more,
    },
    {},
  );
export const assertionOf = async (claims: Record<string, unknown> = {}, key = "assertion"): Promise<string> => {
  const now = nowSeconds();
  const id = "https://signer.example";
  const all = { iss: id, sub: id, aud: CAST.gateway, exp: now + 60, jti: crypto.randomUUID(), ...claims };
  const plain = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return sign({ alg: "EdDSA", kid: "k" }, plain, await keyNamed(key));
};
export const grantOf = async (claims: Record<string, unknown> = {}): Promise<string> => {
  const now = nowSeconds();
  const all = {
    iss: PARTNER,
    sub: "pat",
    aud: CAST.gateway,
    client_id: "desk",
    scope: "orders:read",
    iat: now,
    exp: now + 60,
    jti: crypto.randomUUID(),
    ...claims,
  };
  return sign({ alg: "EdDSA", typ: "oauth-id-jag+jwt", kid: "partner-1" }, all, await keyNamed("partner-idp"));
};
export const redeem = async (claims: Record<string, unknown> = {}, client = "desk"): Promise<Response> =>
  ask(client, { grant_type: BEARER_GRANT, assertion: await grantOf({ client_id: client, ...claims }) });
export const introspect = async (token: string, client: string): Promise<Record<string, unknown>> =>
  (await (await post(world, "/oauth/introspect", { token }, basic(client))).json()) as Record<string, unknown>;
export const proofFor = async (key: string, nonce?: string): Promise<string> => {
  const { jwk } = await keyNamed(key);
  const claims = { htm: "POST", htu: `${world.url}/oauth/token`, iat: nowSeconds(), jti: crypto.randomUUID() };
  return sign({ alg: "EdDSA", typ: "dpop+jwt", jwk }, { ...claims, ...(nonce && { nonce }) }, await keyNamed(key));
};
/** A form sent with a proof by a key, and the nonce that the server wants. */
export const asking = async (client: string, key: string, form: Record<string, string>): Promise<Response> => {
  const first = await ask(client, form, { ...basic(client), dpop: await proofFor(key) });
  const nonce = first.headers.get("dpop-nonce") as string;
  return ask(client, form, { ...basic(client), dpop: await proofFor(key, nonce) });
};
export const exchangeForm = (token: string, more: Record<string, string> = {}): Record<string, string> => ({
  grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
  subject_token: token,
  subject_token_type: TYPE.access,
  ...more,
});
export const asked = async (chain: string, key: string, path = "/exports/orders"): Promise<string> => {
  const answer = await call(world, { path, chain, key: await keyNamed(key) });
  const body = (await answer.json()) as { approval?: { id: string } };
  if (body.approval === undefined) throw new Error(JSON.stringify(body));
  return body.approval.id;
};
export const approve = async (
  id: string,
  name: string,
  issuer?: string,
  group = "data-protection",
): Promise<string> => {
  const session = await startSession(remote(), { name, groups: [group], issuer });
  const body = { decision: "approve", group, comment: "" };
  return askConsole(remote(), session, `approvals/${id}`, body).then(
    (approval) => `200 ${(approval as { status: string }).status}`,
    (error: Error) => `409 ${error.message}`,
  );
};
export const putWorkload = (name: string, body: object) =>
  admin(world, `registry/${encodeURIComponent(name)}`, { name, owner: "o", purpose: "p", ...body }, "PUT");

export type Row = readonly [tried: string, stops: string, attempt: () => Promise<string>];

/** The record of the only request of a task. */
export const recordOf = async (task: string): Promise<AuditRecord> =>
  (await recordsOf(world, task, 1))[0] as AuditRecord;

export function taskOfParty(txn: string, name: string): string {
  return taskId(txn, { iss: CAST.app, sub: name }, sha256);
}
