/** Every event of the log, in one table: how grave it is, and what it means. docs/reference/log.md is printed from it. */

export type Level = "info" | "warn" | "error";

interface LoggedEvent {
  readonly level: Level;
  /** Lower case, no full stop. */
  readonly meaning: string;
}

function info(meaning: string): LoggedEvent {
  return { level: "info", meaning };
}

function warn(meaning: string): LoggedEvent {
  return { level: "warn", meaning };
}

function error(meaning: string): LoggedEvent {
  return { level: "error", meaning };
}

export const EVENTS = {
  request: info("a request and what came of it, where `log.requests` asks for it"),
  unattributed: info("a request was refused before its chain was verified: no ledger has it"),
  request_failed: error("a request was answered with a status of 500 or above"),
  oauth_failed: error("the authorization server answered with a status of 500 or above"),
  authorize_failed: error("a person could not be asked for a client"),
  sign_in_failed: error("a sign-in failed, at the console or before an OAuth client"),
  event_failed: error("a security event could not be taken; its transmitter delivers it again"),
  event_lost: error("a security event did not come into the stream of a receiver"),
  event_parked: warn(
    "a security event was refused by its receiver, or not delivered for a day; `GET /admin/receivers` says why",
  ),
  readiness_failed: error("/readyz answered 503; `about.problems` says why"),
  outcome_lost: error("what came of a request is not in the ledger; its decision is"),
  refusal_lost: error("a refusal of the authorization server is not in the ledger"),
  socket_end_lost: error("the end of a WebSocket is not in the ledger"),
  spending_failed: error("what was good once could not be spent with a refused request"),
  memory_kept: error("what a request took from a memory of policies could not be given back"),
  memory_held: warn("a memory of policies could not be released; it is released by itself"),
  signs_lost: error("what a request had could not be remembered, or what was new in it not told"),
  act_lost: error("an act is not in the ledger; `about.entry` is what must be put back"),
  ledger_record_cut: warn("a record was too large for the ledger and was cut"),
  archive_waits: warn("the archive cannot be written; the shard tries again"),
  notice_failed: error("people could not be told of an approval, of break-glass, of a task that ended, or of signs"),
  queue_retry: warn("a notice was not delivered, and is tried again"),
  queue_gave_up: error("a notice was never delivered"),
  connect_failed: error("a person's account at a vendor could not be connected"),
  account_refused: warn(
    "a vendor says that the access token of an account is over (`about.vendor`); it is renewed where `about.renews`, a few times a minute",
  ),
  account_ended: warn("a vendor refuses the refresh token of an account; its person must connect it again"),
  account_not_given_back: warn("a vendor could not be told that an account was disconnected"),
  refusal_untold: warn("the vault could not be told that a vendor refuses a token"),
  jwks_unavailable: warn(
    "the keys of an issuer or a transmitter could not be fetched; the last ones count until `max_stale`",
  ),
  jwks_entry_broken: warn("the entry of a key set in KV cannot be read; the publisher is asked"),
  workload_keys_unavailable: warn("the keys of a workload could not be fetched from its address"),
  policies_absent: warn("no policy set is published yet"),
  policies_refused: error("the published policies cannot be used; those of before stay in force"),
  policy_pointer_broken: error("the release in KV cannot be used"),
  policy_rollback_refused: error("KV names an older release than the one in force"),
  policy_set_healed: error("the policy set in KV was broken or missing, and was written again"),
  candidate_refused: error("the candidate policies cannot be used"),
  telemetry_lost: warn("the collector did not take a batch"),
  telemetry_dropped: warn("more spans came than a batch holds"),
  metrics_wait: warn("the sums of metrics could not be reached; what was counted is kept"),
  metrics_failed: error("/metrics could not be answered"),
} as const satisfies Record<string, LoggedEvent>;

export type EventName = keyof typeof EVENTS;
