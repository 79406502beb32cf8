/** A set or a release that is not accepted: its author can mend it, and the message says what. Everything else is an outage. */
export class PolicyRefused extends Error {
  override readonly name = "PolicyRefused";
}
