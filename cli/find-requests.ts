/** Finds requests in the ledger by path and arguments, and says how far back it has searched. */
import { isOutputClosed } from "../local/closed-output.ts";
import { askAdmin, type Remote } from "../sdk/admin.ts";
import type { FoundRequestsJson } from "../worker/admin/find-requests.ts";
import { printable, table } from "./print.ts";

/** What to search for; `since` and `until` are ISO 8601. */
export interface Wanted {
  readonly path?: string;
  readonly argument?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
}

/**
 * Asks until enough is found, nothing is left to search, or the output is closed: each answer of the gateway covers
 * only a part of each shard.
 */
export async function printRequests(remote: Remote, { limit, ...wanted }: Wanted): Promise<void> {
  let [left, next] = [limit, undefined as number | undefined];
  let until = "";
  while (true) {
    const answer = await findRequests(remote, { ...wanted, limit: left }, next);
    const { decisions, covered } = answer;
    for (const decision of decisions) console.log(`${table(["", ""], rows(decision))}\n`);
    left -= decisions.length;
    until ||= covered.to;
    next = answer.next;
    if (isOutputClosed()) return;
    if (next !== undefined && left > 0) continue;
    const from = covered.from === undefined ? "the oldest entry that the ledger keeps" : covered.from;
    console.log(`   ${limit - left} found among what was recorded from ${from} to ${until}`);
    if (next !== undefined && covered.from !== undefined)
      console.log(`   older ones: --until ${covered.from}, or a larger --limit`);
    return;
  }
}

async function findRequests(
  remote: Remote,
  { path, argument = [], since, until, limit }: Wanted,
  before: number | undefined,
): Promise<FoundRequestsJson> {
  const given = { path, since, until, before, limit };
  const query = new URLSearchParams([
    ...Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
    ...argument.map((each) => ["argument", each]),
  ]);
  return (await (await askAdmin(remote, `decisions?${query}`)).json()) as FoundRequestsJson;
}

function rows(decision: FoundRequestsJson["decisions"][number]): string[][] {
  const { id, time, task, txn, outcome, rule, method, path, subject, actors } = decision;
  const given = decision.arguments.map(({ name, value }) => `${name}=${JSON.stringify(value)}`).join(", ");
  const all = [
    [time, `${outcome.toUpperCase()}  ${method} ${path}${rule === "" ? "" : `  (${rule})`}`],
    ...(given === "" ? [] : [["arguments", given]]),
    ["for", subject],
    ["through", actors.join(" -> ")],
    ["task", `${txn}  (${task})`],
    ["decision", id],
  ];
  return all.map((row) => row.map(printable));
}
