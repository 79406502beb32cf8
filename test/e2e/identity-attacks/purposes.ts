/** Purposes of tasks that are widened or replaced on the way. */
import { rootOf, toAgent } from "../chains.ts";
import { agentChain, ask, BEARER_GRANT, grantOf, PEOPLE, type Row, said, send, withHop } from "./given.ts";

const hopPurpose = (purpose: unknown, stated = "customer-support"): Promise<string> =>
  rootOf({ claims: { iss: PEOPLE, email: "p@acme.example", reason: stated, tctx: undefined, txn: undefined } }).then(
    async (root) =>
      send(await withHop(root, { ...toAgent, claims: { scope: "orders:read", tctx: { purpose } } }), "agent"),
  );
export const purposes: Row[] = [
  "customer-supportx",
  "customer-support ",
  "Customer-Support/refund",
  "customer\u2010support/refund",
  "/customer-support",
].map(
  (purpose): Row => [
    `the purpose ${JSON.stringify(purpose)} within customer-support`,
    "task_context_changed",
    () => hopPurpose(purpose),
  ],
);
for (const malformed of [
  "",
  "customer-support/\n",
  "customer-support/\u0085",
  `customer-support/${"é".repeat(504)}`,
  1,
  null,
  [],
])
  purposes.push([
    `the purpose ${JSON.stringify(malformed).slice(0, 40)}`,
    "purpose_malformed",
    () => hopPurpose(malformed),
  ]);
purposes.push([
  "another `tctx` in a middle hop",
  "task_context_changed",
  async () => {
    const chain = await agentChain({}, { claims: { tctx: { purpose: "customer-support/refund", more: 1 } } });
    return send(chain, "agent");
  },
]);
purposes.push([
  "another purpose in the request than in the grant of another domain",
  "task_context_changed",
  async () => {
    const assertion = await grantOf({ tctx: { purpose: "customer-support" } });
    const form = { grant_type: BEARER_GRANT, assertion, request_details: '{"purpose":"marketing"}' };
    return said(await ask("desk", form));
  },
]);
