/** The walk-through that `npm start` prints: one request, step by step, from what really happened. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JWTPayload } from "jose";
import { chainRows } from "../cli/chain.ts";
import { sha256 } from "../cli/hash.ts";
import { printLedger } from "../cli/ledger.ts";
import { heading, table } from "../cli/print.ts";
import { LOCAL_FOLDER } from "../local/secrets.ts";
import { delegate } from "../sdk/delegate.ts";
import { presentation } from "../sdk/dpop.ts";
import { signHop } from "../sdk/hop.ts";
import { newKey, publicPart } from "../sdk/keys.ts";
import { seal } from "../sdk/seal.ts";
import { issuerParty, partyId } from "../worker/chain/party.ts";
import { taskId } from "../worker/chain/task.ts";
import type { RecordedChain } from "../worker/chain/types.ts";
import type { LedgerEntry } from "../worker/ledger/entry.ts";
import { tellEntries } from "../worker/ledger/outcomes.ts";
import { actorText } from "../worker/ledger/record.ts";
import { agentChain, type Company, NAMES, serviceChain } from "./company.ts";
import type { Upstream } from "./upstream.ts";

export interface Walk {
  readonly company: Company;
  readonly gatewayUrl: string;
  readonly adminToken: string;
  readonly upstream: Upstream;
}

export async function walkThrough({ company, gatewayUrl, adminToken, upstream }: Walk): Promise<void> {
  const url = `${gatewayUrl}/refunds`;
  const txn = `task-${crypto.randomUUID()}`;
  const chain = await serviceChain(company, { txn });
  console.log(heading("1  the chain: alice -> app -> support agent -> refund service"));
  console.log(table(["hop", "from", "to", "scope", "expires"], chainRows(chain)));

  const response = await fetch(url, {
    method: "POST",
    headers: {
      ...(await presentation({ key: company.service, chain, method: "POST", url })),
      "content-type": "application/json",
    },
    body: JSON.stringify({ order: 17, amount: "49.90 EUR" }),
  });
  const body = await response.text();
  console.log(heading(`2  POST ${url} -> ${response.status}`));
  console.log(`   ${body}`);
  if (!response.ok) throw new Error("the walk-through's request was refused");

  const task = taskOf(txn);
  const record = await ledgerOf(gatewayUrl, adminToken, task);
  console.log(heading("3  the verdict and the decision"));
  console.log(
    table(
      ["", ""],
      [
        ["chain", `${record.chain.hops.length} hops verified, possession proven by ${record.chain.proof}`],
        ["subject", partyId(record.chain.subject)],
        ["actors", record.chain.actors.map(actorText).join(" -> ")],
        ["allowed by", record.decision.policies.join(", ")],
        ["policy set", record.decision.policySet],
      ],
    ),
  );
  console.log(heading("4  the token that the upstream verified with jose"));
  console.log(table(["claim", "value"], claimRows(upstream.lastToken() ?? {})));
  console.log(heading(`5  the audit entry (npm run hopgate -- audit show ${txn})`));
  await printLedger({ gateway: gatewayUrl, adminToken }, task);
}

interface WalkRecord {
  readonly chain: RecordedChain;
  readonly decision: { readonly policies: readonly string[]; readonly policySet: string };
}

/** The identity of a task that the identity provider has named. */
function taskOf(txn: string): string {
  return taskId(txn, issuerParty(NAMES.idp), sha256);
}

/** The outcome of a request is told after the response has gone: wait for it, for at most five seconds. */
async function ledgerOf(gatewayUrl: string, adminToken: string, task: string): Promise<WalkRecord> {
  for (let tries = 0; tries < 50; tries++) {
    const answer = await fetch(`${gatewayUrl}/admin/audit/${task}`, {
      headers: { authorization: `Bearer ${adminToken}` },
    });
    if (answer.ok) {
      const { entries } = (await answer.json()) as { entries: LedgerEntry[] };
      const record = tellEntries(entries)[0]?.record;
      if (record !== undefined && "status" in record) return record as WalkRecord;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the ledger has no outcome of the request");
}

function claimRows(claims: JWTPayload): string[][] {
  return Object.entries(claims).map(([name, value]) => [
    name,
    typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
}

/** Things to try, with chains and keys in files so that the lines stay short. */
export async function printAttempts(company: Company, gatewayUrl: string): Promise<void> {
  const folder = join(LOCAL_FOLDER, "demo");
  const save = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text, { mode: 0o600 });
  const chain = await serviceChain(company);
  const other = await agentChain(company, { purpose: "another task" });
  const widened = await signHop(await serviceChain(company, { scopes: ["orders:read"] }), {
    key: company.service,
    issuer: NAMES.service,
    delegate: NAMES.partner,
    delegateKey: company.partner,
    audience: NAMES.gateway,
    scopes: ["orders:read", "refunds:write"],
    expires: Math.floor(Date.now() / 1000) + 600,
  });
  await save("service.key.json", JSON.stringify(company.service));
  await save("service.chain", chain);
  await save("crm.chain", await serviceChain(company, { scopes: ["crm:read", "crm:write"] }));
  const txn = `task-${crypto.randomUUID()}`;
  const payload = JSON.stringify({ order: 17, amount: "49.90 EUR" });
  const envelope = await seal(payload, await agentChain(company, { txn }), {
    key: company.agent,
    to: NAMES.service,
    toKey: company.service,
    scopes: ["refunds:write"],
    ttl: 3000,
  });
  await save("message.json", JSON.stringify({ envelope, payload }));
  // The last hop of one task on the first two of another: its parent is not the one that it was made for.
  await save("swapped.chain", `${other}~${chain.split("~").at(-1)}`);
  await save("widened.chain", widened);
  await save("partner.key.json", JSON.stringify(company.partner));
  // The agent writes the refund service's name over a key that it has just made.
  const borrowed = await newKey();
  const asService = { key: company.agent, to: NAMES.service, toKey: publicPart(borrowed), scopes: ["refunds:write"] };
  await save("borrowed.chain", await delegate(await agentChain(company), asService));
  await save("borrowed.key.json", JSON.stringify(borrowed));

  const call = (args: string): string => `  npm run --silent hopgate -- call ${args}`;
  const key = `--key ${folder}/service.key.json`;
  console.log(heading("try it (each line sends a fresh DPoP proof)"));
  console.log(`a chain as a table, whether it verifies, and how each name is known
  npm run --silent hopgate -- inspect @${folder}/service.chain --config ${folder}/hopgate.toml --gateway ${gatewayUrl}
allowed: the service reads the order under the same task
${call(`GET ${gatewayUrl}/orders/17 --chain @${folder}/service.chain ${key}`)}
refused: the service gave a partner a scope that it does not have itself
${call(`POST ${gatewayUrl}/refunds --chain @${folder}/widened.chain --key ${folder}/partner.key.json`)}
refused: a hop under a parent that it was not made for
${call(`GET ${gatewayUrl}/orders/17 --chain @${folder}/swapped.chain ${key}`)}
refused: the agent calls itself the refund service, with a key of its own
${call(`POST ${gatewayUrl}/refunds --chain @${folder}/borrowed.chain --key ${folder}/borrowed.key.json`)}
allowed: the service reads a customer at a vendor, with a key that it never sees
${call(`GET ${gatewayUrl}/crm/customers/7 --chain @${folder}/crm.chain ${key}`)}
refused: it may not write there under this task, although the vendor's key may do everything
${call(`PUT ${gatewayUrl}/crm/customers/7 --chain @${folder}/crm.chain ${key}`)}
allowed until the task ends: the service takes up work that the agent has left for it
  npm run --silent hopgate -- message open ${folder}/message.json ${key} --route ${gatewayUrl}/jobs/refunds
  npm run --silent hopgate -- revoke task ${taskOf(txn)} --gateway ${gatewayUrl}
refused: no chain at all
  curl -i ${gatewayUrl}/orders/17`);
  console.log("\nthe gateway stays up: Ctrl-C ends it");
}
