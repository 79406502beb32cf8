/**
 * Three hops, each narrower: alice asks the app, the app lets its support agent act, the support agent lets the refund agent act,
 * and the refund agent calls a tool. `npm run example -- agents`
 */
import { chainFetch, delegate, newKey, type PublicKey, publicPart, refusalOf } from "hopgate/client";
import { freePort } from "../local/free-port.ts";
import { startMcpServer } from "./mcp-server.ts";
import { type AgentMessage, CHAIN, startRefundAgent } from "./refund-agent.ts";
import { registerWorkload, signIn, startExample, tellLedger } from "./world.ts";

const SUPPORT_AGENT = "spiffe://acme.example/agents/support";

/** @param tell what a reader sees */
export async function agents(tell: (line: string) => void): Promise<void> {
  const [idp, appKey, supportKey] = [await newKey(), await newKey(), await newKey()];
  const port = await freePort();
  const gateway = await startExample("acme.toml", { MCP_SERVER: `http://127.0.0.1:${port}`, IDP_KEY: idp.x });
  const audience = "https://tools.acme.example";
  const mcp = await startMcpServer({ gateway: gateway.url, issuer: "https://gateway.acme.example", audience, port });
  const tools = `${gateway.url}/mcp`;
  const refundAgent = await startRefundAgent(tools);
  const card = await cardOf(refundAgent.url);
  // Whose key is whose: a delegator's claim is not enough.
  await registerWorkload(gateway.remote, "https://app.acme.example", appKey);
  await registerWorkload(gateway.remote, SUPPORT_AGENT, supportKey);
  await registerWorkload(gateway.remote, card.uri, card.jwk);
  try {
    // A client that knows nothing yet learns where to read on.
    const stranger = await fetch(tools, { method: "POST", body: "{}" });
    const metadata = /resource_metadata="([^"]+)"/.exec(stranger.headers.get("www-authenticate") ?? "")?.[1] as string;
    const { scopes_supported: scopes } = (await (await fetch(metadata)).json()) as { scopes_supported: string[] };
    tell(`without a chain: ${stranger.status}; the protected resource's metadata names ${scopes.join(", ")}`);

    const txn = `task-${crypto.randomUUID()}`;
    const root = await signIn(idp, txn, {
      client_id: "https://app.acme.example",
      aud: ["https://gateway.acme.example"],
      scope: "orders:read refunds:write payouts:write",
      cnf: { jkt: appKey.kid },
    });
    const support = await delegate(root, {
      key: appKey,
      to: SUPPORT_AGENT,
      toKey: publicPart(supportKey),
      scopes: ["orders:read", "refunds:write"],
    });

    const ask = async (order: string, amount: number): Promise<string> => {
      const { uri, jwk } = await cardOf(refundAgent.url);
      const chain = await delegate(support, {
        key: supportKey,
        to: uri,
        toKey: jwk,
        scopes: ["refunds:write"],
        ttl: 60,
        maxHops: 0,
      });
      const message: AgentMessage = {
        parts: [{ kind: "data", data: { order, amount } }],
        metadata: { [CHAIN]: chain },
      };
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "message/send", params: { message } });
      const answer = await fetch(refundAgent.url, { method: "POST", body });
      const { result } = (await answer.json()) as { result: { parts: { text: string }[] } };
      return result.parts.map(({ text }) => text).join("\n");
    };
    tell(`the refund agent says: ${await ask("17", 49.9)}`);
    tell(`and of a large one: ${await ask("18", 4990)}`);

    // The support agent holds the scope; but it is not the one that makes refunds.
    const smallRefund = {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { name: "refund_order", arguments: { order: "17", amount: 1 } },
      }),
    };
    const itself = await chainFetch({ chain: support, key: supportKey })(tools, smallRefund);
    tell(`the support agent itself: ${itself.status} ${(await refusalOf(itself)).rule}`);

    // Writing the refund agent's name over one's own key does not help either.
    const own = await newKey();
    const borrowed = await delegate(support, {
      key: supportKey,
      to: card.uri,
      toKey: publicPart(own),
      scopes: ["refunds:write"],
    });
    const asRefunds = await chainFetch({ chain: borrowed, key: own })(tools, smallRefund);
    tell(`under the refund agent's name: ${asRefunds.status} ${(await refusalOf(asRefunds)).rule}`);

    tell(`the ledger of ${txn}:`);
    const calls = (await tellLedger(gateway.remote, txn, 5)).filter((line) => line.includes("refund_order"));
    for (const line of calls) tell(`  ${line}`);
  } finally {
    refundAgent.server.close();
    mcp.close();
    await gateway.stop();
  }
}

/** What a caller needs to delegate to an agent. */
async function cardOf(url: string): Promise<{ readonly uri: string; readonly jwk: PublicKey }> {
  const card = (await (await fetch(`${url}/.well-known/agent-card.json`)).json()) as Record<string, unknown>;
  return card[CHAIN] as { uri: string; jwk: PublicKey };
}
