/** Every event of the log, in one table: its severity and its meaning. docs/reference/log.md is printed from it. */

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
  request: info("a request and its outcome, if `log.requests` says so"),
  unattributed: info("a request was refused before its chain was verified, so it is not in a ledger"),
  request_failed: error("a request was answered with a status of 500 or above"),
  oauth_failed: error("the authorization server answered with a status of 500 or above"),
  authorize_failed: error("the page that asks a person to allow a client could not be shown"),
  sign_in_failed: error("a sign-in failed, to the console or for an OAuth client"),
  event_failed: error("a security event could not be accepted; its transmitter delivers it again"),
  event_lost: error("a security event could not be added to the stream of a receiver"),
  event_parked: warn(
    "a security event was refused by its receiver, or not delivered for a day; `GET /admin/receivers` says why",
  ),
  readiness_failed: error("/readyz answered 503; `about.problems` says why"),
  outcome_lost: error("the outcome of a request is not in the ledger; its decision is"),
  refusal_lost: error("a refusal of the authorization server is not in the ledger"),
  socket_end_lost: error("the end of a WebSocket is not in the ledger"),
  spending_failed: error("the proof of a refused request could not be marked as used"),
  memory_kept: error("a reservation in a memory of policies could not be released"),
  memory_held: warn("a request could not end its turn to change a memory of policies; the turn expires by itself"),
  signs_lost: error("the signs of a request could not be remembered or reported"),
  act_lost: error("an act is not in the ledger; restore it from `about.entry`"),
  ledger_record_cut: warn("a record was too large for the ledger and was cut"),
  archive_waits: warn("entries could not be archived; the shard tries again"),
  notice_failed: error(
    "a notice of an approval, of break-glass, of a task that ended, or of signs could not be queued",
  ),
  queue_retry: warn("a notice was not delivered, and is tried again"),
  queue_gave_up: error("a notice was never delivered"),
  connect_failed: error("a person's account at a vendor could not be connected"),
  account_refused: warn(
    "a vendor refuses the access token of an account (`about.vendor`); if `about.renews`, it is renewed, at most a few times a minute",
  ),
  account_ended: warn("a vendor refuses the refresh token of an account; the person must connect it again"),
  account_not_given_back: warn("an account was disconnected, but its tokens could not be revoked at the vendor"),
  refusal_untold: warn("a vendor refuses a token, and the vault could not be updated"),
  jwks_unavailable: warn(
    "the keys of an issuer or a transmitter could not be fetched; the last ones are used until `max_stale`",
  ),
  jwks_entry_broken: warn("the entry of a key set in KV cannot be read; it is fetched from its publisher"),
  workload_keys_unavailable: warn("the keys of a workload could not be fetched from its address"),
  policies_absent: warn("no policy set is published yet"),
  policies_refused: error("the published policies cannot be used; the previous ones stay in force"),
  policy_pointer_broken: error("the release in KV cannot be used"),
  policy_rollback_refused: error("KV names an older release than the one in force"),
  policy_set_healed: error("the policy set in KV was broken or missing, and was written again"),
  candidate_refused: error("the candidate policies cannot be used"),
  telemetry_lost: warn("the collector did not accept a batch"),
  telemetry_dropped: warn("there were more spans than fit in a batch; the rest was dropped"),
  metrics_wait: warn("the store of metrics could not be reached; the counts are sent later"),
  metrics_failed: error("/metrics could not be answered"),
} as const satisfies Record<string, LoggedEvent>;

export type EventName = keyof typeof EVENTS;
