/**
 * Two companies, two gateways: Acme's agent asks the partner's agent, which acts at home, for the same person, under the same
 * task. What crosses is a grant (draft-ietf-oauth-identity-assertion-authz-grant), never a token. `npm run example -- domains`
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { chainFetch, delegate, dpopProof, newKey, type PrivateKey, publicPart } from "hopgate/client";
import { verifier } from "hopgate/upstream";
import { freePort } from "../local/free-port.ts";
import { type ExampleGateway, registerClient, registerWorkload, signIn, startExample, tellLedger } from "./world.ts";

const ACME = "https://gateway.acme.example";
const PARTNER = "https://gateway.partner.example";
const SUPPORT_AGENT = "spiffe://acme.example/agents/support";
const READER = "https://agents.partner.example/reader";
const DESK = "https://agents.partner.example/desk";

/** The partner's orders API: says for whom it answers. */
async function startOrders(gateway: string, port: number): Promise<Server> {
  const jwks = `${gateway}/.well-known/jwks.json`;
  const verify = verifier({ issuer: PARTNER, audience: "https://orders.partner.example", jwks });
  const server = createServer(async (request, response) => {
    const { subject, actors } = await verify((request.headers.authorization ?? "").replace("Bearer ", ""));
    const through = actors.map(({ sub, iss }) => `${sub} (by ${iss})`).join(" -> ");
    response.end(`order at the partner, for ${subject.sub} of ${subject.iss} through ${through}`);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return server;
}

const form = (fields: Record<string, string>, client: string, secret: string) => ({
  method: "POST",
  headers: { authorization: `Basic ${btoa(`${client}:${secret}`)}` },
  body: new URLSearchParams(fields),
});

async function granted(response: Response): Promise<string> {
  const body = (await response.json()) as { access_token?: string; error_description?: string };
  if (body.access_token === undefined)
    throw new Error(body.error_description ?? `the server answered ${response.status}`);
  return body.access_token;
}

/** The partner's front desk: takes grants with A2A messages, redeems them at home, and lets its reader act. */
async function startDesk(partner: ExampleGateway, key: PrivateKey) {
  const readerKey = await newKey();
  const server = createServer(async (request, response) => {
    const { grant, order } = (await json(request)) as { grant: string; order: string };
    // The token is bound to the desk's key, so that the desk can delegate it.
    const url = `${partner.url}/oauth/token`;
    const redeem = form(
      { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: grant, audience: PARTNER },
      "desk",
      "desk-secret",
    );
    const first = await fetch(url, { ...redeem, headers: { ...redeem.headers, dpop: await proof(key, url) } });
    const nonce = first.headers.get("dpop-nonce") ?? undefined;
    const again = { ...redeem, headers: { ...redeem.headers, dpop: await proof(key, url, nonce) } };
    const token = await granted(first.ok ? first : await fetch(url, again));
    const chain = await delegate(token, {
      key,
      to: READER,
      toKey: publicPart(readerKey),
      scopes: ["orders:read"],
      ttl: 60,
    });
    const answer = await chainFetch({ chain, key: readerKey })(`${partner.url}/orders/${order}`);
    response.statusCode = answer.status;
    response.end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, readerKey };
}

/** A DPoP proof for the token endpoint, which has no chain yet. */
function proof(key: PrivateKey, url: string, nonce?: string): Promise<string> {
  return dpopProof({ key, method: "POST", url, nonce });
}

export async function twoDomains(tell: (line: string) => void): Promise<void> {
  const [idp, deskKey] = [await newKey(), await newKey()];
  const port = await freePort();
  const acme = await startExample("acme.toml", { MCP_SERVER: "http://127.0.0.1:1", IDP_KEY: idp.x });
  const partner = await startExample("partner.toml", { ACME: acme.url, ORDERS: `http://127.0.0.1:${port}` });
  const orders = await startOrders(partner.url, port);
  const desk = await startDesk(partner, deskKey);
  const exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
  await registerClient(acme.remote, {
    client_id: "support-agent",
    actor: SUPPORT_AGENT,
    secret: "agent-secret",
    grants: [exchange],
    audiences: [ACME],
    scopes: ["orders:read", "refunds:write"],
    domains: { [PARTNER]: "desk" },
    known_as: { "https://idp.acme.example": ["support-agent"] },
  });
  await registerWorkload(partner.remote, READER, desk.readerKey);
  await registerClient(partner.remote, {
    client_id: "desk",
    actor: DESK,
    secret: "desk-secret",
    grants: ["urn:ietf:params:oauth:grant-type:jwt-bearer"],
    audiences: [PARTNER],
    scopes: ["orders:read"],
  });
  try {
    const txn = `task-${crypto.randomUUID()}`;
    const token = await signIn(idp, txn, {
      client_id: "support-agent",
      aud: ["support-agent", ACME],
      scope: "orders:read refunds:write",
    });
    const wish = {
      grant_type: exchange,
      subject_token: token,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
      requested_token_type: "urn:ietf:params:oauth:token-type:id-jag",
      audience: PARTNER,
      scope: "orders:read refunds:write",
    };
    const grant = await granted(await fetch(`${acme.url}/oauth/token`, form(wish, "support-agent", "agent-secret")));
    tell("Acme's agent has a grant for the partner, valid once and for two minutes");
    const ask = () => fetch(desk.url, { method: "POST", body: JSON.stringify({ grant, order: "17" }) });
    const answer = await ask();
    tell(`the partner's agent answers ${answer.status}: ${await answer.text()}`);
    for (const [name, gateway] of [
      ["Acme", acme],
      ["the partner", partner],
    ] as const) {
      tell(`the ledger of ${name} under ${txn}:`);
      for (const line of await tellLedger(gateway.remote, txn, 1)) tell(`  ${line}`);
    }
  } finally {
    desk.server.close();
    orders.close();
    await partner.stop();
    await acme.stop();
  }
}
