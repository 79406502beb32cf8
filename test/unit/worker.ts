/** What the unit tests' workerd is bound to: the Durable Objects, and nothing in front of them. */
export { Ledger } from "../../worker/state/ledger.ts";
export { Replay } from "../../worker/state/replay.ts";
export { Revocations } from "../../worker/state/revocations.ts";

export default {
  fetch: (): Response => new Response(null, { status: 404 }),
};
