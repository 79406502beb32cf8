/**
 * What a task has done limits what it may do next: three stories, and details that a task may not leave. `npm run example -- task`
 */
import { createServer } from "node:http";
import { chainFetch, delegate, newKey, type PrivateKey, publicPart, refusalOf } from "hopgate/client";
import { askConsole, startSession } from "../../cli/people.ts";
import { freePort } from "../../local/free-port.ts";
import { registerWorkload, signIn, startExample } from "../world.ts";

const APP = "https://app.acme.example";
const AGENT = "spiffe://acme.example/agents/support";
const SCOPES = ["crm:read", "external:post", "refunds:write", "orders:read"];

/** @param tell what a reader sees */
export async function task(tell: (line: string) => void): Promise<void> {
  const [idp, appKey, agentKey, port] = [await newKey(), await newKey(), await newKey(), await freePort()];
  const upstream = createServer((request, response) => response.end(`done: ${request.method} ${request.url}\n`));
  await new Promise<void>((resolve) => upstream.listen(port, "127.0.0.1", resolve));
  const values = { UPSTREAM: `http://127.0.0.1:${port}`, IDP_KEY: idp.x };
  const gateway = await startExample("task/gateway.toml", values, { folder: "examples/task/policies" });
  await registerWorkload(gateway.remote, APP, appKey);
  await registerWorkload(gateway.remote, AGENT, agentKey);
  /** A new task, and what the agent may send in it. */
  const begin = async (stated: Stated = {}) => {
    const chain = await chainOf(idp, appKey, agentKey, stated);
    const send = chainFetch({ chain, key: agentKey });
    return async (line: string, body?: object, approval?: string): Promise<{ approval?: { id: string } }> => {
      const [method, path] = line.split(" ") as [string, string];
      const answer = await send(gateway.url + path, {
        method,
        headers: { "content-type": "application/json", ...(approval && { "hop-approval": approval }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      const told = (await answer
        .clone()
        .json()
        .catch(() => ({}))) as { approval?: { id: string } };
      const why = answer.ok ? "" : ` ${(await refusalOf(answer)).description}`;
      tell(`${line}${body ? ` ${JSON.stringify(body)}` : ""}: ${answer.status}${why}`);
      return told;
    };
  };
  try {
    tell("Whoever has read customer data does not write to others in the same task.");
    const research = await begin();
    await research("POST /external/postings", { text: "who knows?" });
    await research("GET /customers/7");
    await research("POST /external/postings", { text: "customer 7 ..." });

    tell("At most 100 EUR of refunds in a task, and 1,000 a day by one agent.");
    const refunds = await begin();
    await refunds("POST /orders/17/refunds", { amount: 6000 });
    await refunds("POST /orders/18/refunds", { amount: 4001 });
    await refunds("POST /orders/18/refunds", { amount: 4000 });
    for (let tasks = 0; tasks < 9; tasks++) await (await begin())("POST /orders/19/refunds", { amount: 10_000 });
    await (await begin())("POST /orders/20/refunds", { amount: 1 });

    tell("Three exports, then a person is asked.");
    const exports = await begin();
    for (const name of ["jan", "feb", "mar"]) await exports(`GET /exports/${name}`);
    const { approval } = await exports("GET /exports/apr");
    const session = await startSession(gateway.remote, { name: "dora", groups: ["data-protection"] });
    const approve = { decision: "approve", group: "data-protection" };
    await askConsole(gateway.remote, session, `approvals/${approval?.id}`, approve);
    tell("dora of data protection approves");
    await exports("GET /exports/apr", undefined, approval?.id);

    tell("A task with details does what they cover, and nothing else.");
    const narrow = await begin({ details: [{ type: "refund", order: "17", amount: 500 }] });
    await narrow("POST /orders/17/refunds", { amount: 501 });
    await narrow("POST /orders/18/refunds", { amount: 1 });
    await narrow("GET /exports/may");
    await narrow("POST /orders/17/refunds", { total: 1 });

    tell("A task with a plan does what was planned, and nothing else.");
    const planned = await begin({ plan: [{ action: "crm:read", actor: AGENT }] });
    await planned("GET /customers/7");
    await planned("GET /exports/jun");
  } finally {
    upstream.close();
    await gateway.stop();
  }
}

/** What the identity provider states of a task. */
interface Stated {
  readonly details?: readonly Record<string, unknown>[];
  readonly plan?: readonly { readonly action: string; readonly actor?: string }[];
}

/** alice lets the app, the app lets the agent. */
async function chainOf(
  idp: PrivateKey,
  appKey: PrivateKey,
  agentKey: PrivateKey,
  { details, plan }: Stated,
): Promise<string> {
  const root = await signIn(idp, `task-${crypto.randomUUID()}`, {
    client_id: APP,
    aud: ["https://gateway.acme.example"],
    scope: SCOPES.join(" "),
    cnf: { jkt: appKey.kid },
    ...(details && { authorization_details: details }),
    ...(plan && { tctx: { purpose: "customer-support/refund", plan } }),
  });
  const narrowed = { key: appKey, to: AGENT, toKey: publicPart(agentKey), scopes: SCOPES };
  return delegate(root, details ? { ...narrowed, authorizationDetails: details } : narrowed);
}
