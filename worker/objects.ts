/** The Durable Objects of the Worker, as wrangler.toml names them. */
export { Approvals } from "./state/approvals.ts";
export { Comparisons } from "./state/comparisons.ts";
export { Decisions } from "./state/decisions.ts";
export { Ledger } from "./state/ledger.ts";
export { Limits } from "./state/limits.ts";
export { Names } from "./state/names.ts";
export { Releases } from "./state/releases.ts";
export { Replay } from "./state/replay.ts";
export { Revocations } from "./state/revocations.ts";
export { Sessions } from "./state/sessions.ts";
export { Statuses } from "./state/statuses.ts";
export { Workflows } from "./state/workflows.ts";
