/** Purposes of tasks that are widened or replaced on the way. */
import { rootOf, toAgent } from "../chains.ts";
import { agentChain, PEOPLE, type Row, send, withHop } from "./given.ts";

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
  "",
  "/customer-support",
].map(
  (purpose): Row => [
    `the purpose ${JSON.stringify(purpose)} within customer-support`,
    "task_context_changed",
    () => hopPurpose(purpose),
  ],
);
purposes.push([
  "another `tctx` in a middle hop",
  "task_context_changed",
  async () => {
    const chain = await agentChain({}, { claims: { tctx: { purpose: "customer-support/refund", more: 1 } } });
    return send(chain, "agent");
  },
]);
