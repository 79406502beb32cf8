/** Tasks of others. */
import { rootOf, toService } from "../chains.ts";
import { ADMIN_TOKEN, taskOf } from "../harness.ts";
import { basic, personToken, post } from "../oauth.ts";
import { agentChain, bearer, partnerRoot, type Row, said, withHop, world } from "./given.ts";

export const tasks: Row[] = [
  ...["gateway:2026-11-26", "root:x"].map(
    (txn): Row => [
      `the task ${txn} by a root`,
      "txn_reserved",
      async () => bearer(await rootOf({ claims: { txn, cnf: undefined } })),
    ],
  ),
  [
    "the end of a task by a party that was only told",
    "does not take part",
    async () => {
      const txn = `task-${crypto.randomUUID()}`;
      const chain = await withHop(await agentChain({ txn }), { ...toService, key: "other-key" });
      return said(await post(world, `/oauth/tasks/${txn}/end`, { token: chain }, basic("mallory")));
    },
  ],
  [
    "the end of a task through a token of another",
    "another task",
    async () => said(await post(world, `/oauth/tasks/someone-elses/end`, { token: await personToken() })),
  ],
  [
    "the ledger of a task by its `txn` alone, at another introducer's",
    "0",
    async () => {
      const txn = `task-${crypto.randomUUID()}`;
      await bearer(await partnerRoot({ txn, cnf: undefined }));
      const answer = await fetch(`${world.url}/admin/audit/${taskOf(txn)}`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      });
      return String(((await answer.json()) as { entries: unknown[] }).entries.length);
    },
  ],
];
