/**
 * A set or a release that is not accepted; the message tells its author what to correct. Every other error is an
 * outage.
 */
export class PolicyRefused extends Error {
  override readonly name = "PolicyRefused";
}
