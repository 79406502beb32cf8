/**
 * What every runtime that is promised must do: make keys, chains, proofs and envelopes that the gateway accepts, and
 * verify what the gateway signed. Run in Node, Deno, Bun, workerd and Chromium, against the package as it is published.
 */
import {
  chainFetch,
  delegate,
  newKey,
  type PrivateKey,
  type PublicKey,
  presentation,
  publicPart,
} from "hopgate/client";
import { seal } from "hopgate/envelope";
import { HopgateError, type Party, verifier } from "hopgate/upstream";
import { createLocalJWKSet, type JSONWebKeySet } from "jose";

export interface Task {
  readonly root: string;
  readonly appKey: PrivateKey;
  readonly serviceKey: PrivateKey;
  /** Of the request that the proof is for. */
  readonly url: string;
  /** A narrowed token, and the gateway's keys. */
  readonly token: string;
  readonly jwks: JSONWebKeySet;
}

export interface Done {
  /** Of the agent, made here: whoever asks must register it before the gateway takes anything that it signed. */
  readonly agentKey: PublicKey;
  readonly headers: Record<string, string>;
  /** What `chainFetch` would have sent. */
  readonly fetched: Record<string, string>;
  readonly envelope: string;
  readonly subject: Party;
  readonly refused: string;
}

export async function perform({ root, appKey, serviceKey, url, token, jwks }: Task): Promise<Done> {
  const agentKey = await newKey();
  const to = "spiffe://acme.example/agents/support";
  const chain = await delegate(root, {
    key: appKey,
    to,
    toKey: publicPart(agentKey),
    scopes: ["orders:read", "refunds:write"],
  });
  const toKey = publicPart(serviceKey);
  const service = "spiffe://acme.example/services/refunds";
  const envelope = await seal("payload", chain, { key: agentKey, to: service, toKey, scopes: ["refunds:write"] });
  const fetched: Record<string, string> = {};
  const send = async (request: Request): Promise<Response> => {
    request.headers.forEach((value, name) => {
      fetched[name] = value;
    });
    return new Response(null, { status: 204 });
  };
  await chainFetch({ chain, key: agentKey, fetch: send })(url);
  const verify = verifier({
    issuer: "https://gateway.acme.example",
    audience: "https://orders.acme.example",
    jwks: createLocalJWKSet(jwks),
  });
  const { subject } = await verify(token);
  const refused = await verify(`${token.slice(0, -4)}AAAA`).catch((error: unknown) => error);
  return {
    agentKey: publicPart(agentKey),
    headers: await presentation({ key: agentKey, chain, method: "GET", url }),
    fetched,
    envelope,
    subject,
    refused: refused instanceof HopgateError ? refused.code : "accepted",
  };
}
