/** Token requests of the support agent, for subject tokens of the identity provider, signed before anything is timed. */
import { createHash } from "node:crypto";
import { importJWK, SignJWT } from "jose";
import { type Company, NAMES } from "../demo/company.ts";
import { type Remote, sendAdmin } from "../sdk/admin.ts";
import { dpopProof } from "../sdk/dpop.ts";
import type { LoadRequest } from "./load.ts";

export const SECRET = "bench-secret";
/** The route that the token is for. */
const AUDIENCE = `${NAMES.gateway}/orders`;
const PATH = "/oauth/token";
const EXCHANGES_PER_TASK = 30;

export interface Exchanges {
  readonly company: Company;
  readonly origin: string;
  readonly count: number;
  /** Whether each carries a proof of its own, to which the token is bound. */
  readonly dpop: boolean;
}

/** Every call makes subject tokens of its own, so that nothing was seen before. */
export async function exchangeRequests(exchanges: Exchanges): Promise<LoadRequest[]> {
  const tasks = Array.from({ length: Math.ceil(exchanges.count / EXCHANGES_PER_TASK) }, () => crypto.randomUUID());
  const nonce = exchanges.dpop ? await nonceOf(exchanges) : undefined;
  return Promise.all(
    Array.from({ length: exchanges.count }, (_, i) =>
      exchangeRequest(exchanges, tasks[i % tasks.length] as string, nonce),
    ),
  );
}

/** What the server wants in proofs (RFC 9449, section 8), valid for minutes; undefined if it wants none. */
async function nonceOf(exchanges: Exchanges): Promise<string | undefined> {
  const { method, path, headers, body } = await exchangeRequest(exchanges, "nonce");
  const answer = await fetch(exchanges.origin + path, { method, headers, body: body as string });
  return answer.headers.get("dpop-nonce") ?? undefined;
}

async function exchangeRequest(
  { company, origin, dpop }: Exchanges,
  txn: string,
  nonce?: string,
): Promise<LoadRequest> {
  const { idp, agent } = company;
  const token = await new SignJWT({ scope: "orders:read", client_id: "support-agent", txn })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: idp.kid })
    .setIssuer(NAMES.idp)
    .setSubject(NAMES.person)
    .setAudience("support-agent")
    .setIssuedAt()
    .setExpirationTime("10m")
    .setJti(crypto.randomUUID())
    .sign(await importJWK(idp, "EdDSA"));
  const body = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: token,
    subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    audience: AUDIENCE,
  }).toString();
  const proof = dpop ? { dpop: await dpopProof({ key: agent, method: "POST", url: origin + PATH, nonce }) } : {};
  const headers = {
    authorization: `Basic ${btoa(`support-agent:${SECRET}`)}`,
    "content-type": "application/x-www-form-urlencoded",
    ...proof,
  };
  return { method: "POST", path: PATH, headers, body };
}

/** Makes the support agent a client of the gateway. */
export async function registerClient(remote: Remote): Promise<void> {
  await sendAdmin(remote, "PUT", "clients/support-agent", {
    client_id: "support-agent",
    actor: NAMES.agent,
    known_as: { [NAMES.idp]: ["support-agent"] },
    auth_method: "client_secret_basic",
    secret_hashes: [createHash("sha256").update(SECRET).digest("base64url")],
    grants: ["urn:ietf:params:oauth:grant-type:token-exchange"],
    audiences: [AUDIENCE],
    scopes: ["orders:read"],
    owner: "bench",
    purpose: "bench",
  });
}
