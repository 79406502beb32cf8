/** Contexts of a Txn-Token from the client (draft-ietf-oauth-transaction-tokens-10, "Txn-Token Request"). Pure. */
import { OauthError } from "./errors.ts";
import type { TxnContexts } from "./issue.ts";
import type { Parameters } from "./parameters.ts";

/** `request_context` and `request_details`, each a JSON object. @throws OauthError `invalid_request` */
export function readContexts(parameters: Parameters): TxnContexts {
  const read = (name: string): Record<string, unknown> => {
    try {
      const value: unknown = JSON.parse(parameters.get(name) ?? "{}");
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    } catch {
      // Answered below, like anything else that is not an object.
    }
    throw new OauthError("invalid_request", `\`${name}\` is not a JSON object`);
  };
  return { rctx: read("request_context"), tctx: read("request_details") };
}
