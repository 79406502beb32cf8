/** What the unit tests' workerd is bound to: the Durable Objects, and nothing in front of them. */
export { Approvals } from "../../worker/state/approvals.ts";
export { Comparisons } from "../../worker/state/comparisons.ts";
export { Decisions } from "../../worker/state/decisions.ts";
export { Ledger } from "../../worker/state/ledger.ts";
export { Limits } from "../../worker/state/limits.ts";
export { Releases } from "../../worker/state/releases.ts";
export { Replay } from "../../worker/state/replay.ts";
export { Revocations } from "../../worker/state/revocations.ts";
export { Sessions } from "../../worker/state/sessions.ts";
export { Statuses } from "../../worker/state/statuses.ts";
export { Workflows } from "../../worker/state/workflows.ts";

export default {
  fetch: (): Response => new Response(null, { status: 404 }),
};
