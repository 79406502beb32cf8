/**
 * `hopgate/upstream`: for APIs behind the gateway. Verify the narrowed token, and get the subject, the actors and the
 * task of a request.
 *
 * @module
 */
export { HopgateError, type HopgateErrorCode } from "./errors.ts";
export { expressProvenance, type GuardOptions, honoProvenance, withProvenance } from "./frameworks.ts";
export {
  type Actor,
  type Approver,
  type Party,
  type Provenance,
  type Verifier,
  type VerifierOptions,
  verifier,
} from "./verify.ts";
