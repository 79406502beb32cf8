/**
 * Errors of the library and refusals by the gateway, with a code to switch on. Messages contain no token and no key.
 */

/** A gateway's answer to a request that it refused (docs/errors.md). */
export interface Refusal {
  /** HTTP status. */
  readonly status: number;
  /** OAuth error code, such as `access_denied`. */
  readonly error: string;
  /** The rule that failed, such as `scope_widened`; undefined if the answer is not from a gateway. */
  readonly rule: string | undefined;
  /** The hop that broke the rule, and the claim or header parameter that the rule is about. */
  readonly hop: number | undefined;
  readonly claim: string | undefined;
  /** What the request had instead, if it may be shown, and what is accepted. */
  readonly sent: string | undefined;
  readonly accepted: readonly string[] | undefined;
  readonly description: string;
  /** The decision's id, for the ledger. */
  readonly decision: string | undefined;
  /** If the policies require an approval: send the request again with this id once people have approved. */
  readonly approval: { readonly id: string; readonly uri: string; readonly expires: number } | undefined;
  /** The page where the subject connects their account at a vendor; send the request again afterwards. */
  readonly connectUri: string | undefined;
}

export type HopgateErrorCode =
  /** The chain is malformed, or lacks something that this needs. */
  | "chain_malformed"
  /** A delivery is not a sealed message; the text names the field. */
  | "message_malformed"
  /** The key is not the one that the last hop names. */
  | "key_mismatch"
  /** The name of the next actor is not a URI. */
  | "delegate_not_uri"
  /** More scope, audience or depth than the last hop has. */
  | "scope_widened"
  | "audience_widened"
  | "depth_exceeded"
  /** The chain has expired. */
  | "expired"
  /** The token is not from the gateway, or not for this audience. */
  | "token_invalid"
  /** The token lacks a scope. */
  | "insufficient_scope"
  /** The gateway refused; `refusal` says why. A retry alone changes nothing. */
  | "refused"
  /** The gateway cannot answer now: try again. */
  | "unavailable";

export class HopgateError extends Error {
  override readonly name = "HopgateError";
  readonly code: HopgateErrorCode;
  readonly refusal: Refusal | undefined;

  constructor(code: HopgateErrorCode, message: string, options: { cause?: unknown; refusal?: Refusal } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.refusal = options.refusal;
  }
}

/** Reads the refusal from a copy of the response, so that the response itself can still be read. */
export async function refusalOf(response: Response): Promise<Refusal> {
  const body = membersOf(parse(await response.clone().text()));
  const text = (name: string): string | undefined => (typeof body[name] === "string" ? body[name] : undefined);
  const { hop, approval } = body;
  return {
    status: response.status,
    error: text("error") ?? "unknown",
    rule: text("rule"),
    hop: typeof hop === "number" ? hop : undefined,
    claim: text("claim"),
    sent: text("sent"),
    accepted: body["accepted"] as Refusal["accepted"],
    description: text("error_description") ?? "",
    decision: text("decision"),
    approval: approval as Refusal["approval"],
    connectUri: text("connect_uri"),
  };
}

/** On routes to MCP servers refusals are JSON-RPC, with the members in `data` of the error. */
function membersOf(body: Record<string, unknown>): Record<string, unknown> {
  const { error } = body;
  const data = typeof error === "object" && error !== null && "data" in error ? error.data : undefined;
  return typeof data === "object" && data !== null ? (data as Record<string, unknown>) : body;
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
