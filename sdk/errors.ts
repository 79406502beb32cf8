/** What the library refuses or is refused, with a code to switch on. Messages hold no token and no key. */

/** What a gateway said of a request that it refused (docs/errors.md). */
export interface Refusal {
  /** HTTP status. */
  readonly status: number;
  /** OAuth error code, such as `access_denied`. */
  readonly error: string;
  /** The rule that failed, such as `scope_widened`; undefined where the answer is not a gateway's. */
  readonly rule: string | undefined;
  /** The hop that broke the rule, and the claim or header parameter that the rule is about. */
  readonly hop: number | undefined;
  readonly claim: string | undefined;
  readonly description: string;
  /** The decision's id: the ledger tells more under it. */
  readonly decision: string | undefined;
  /** Where the policies ask people: send the request again with this id once they have approved. */
  readonly approval: { readonly id: string; readonly uri: string; readonly expires: number } | undefined;
  /** Where the subject connects their account at a vendor: send the request again afterwards. */
  readonly connectUri: string | undefined;
}

export type HopgateErrorCode =
  /** The chain is no chain, or lacks what this needs. */
  | "chain_malformed"
  /** What a broker delivered is no sealed message; the text names the field. */
  | "message_malformed"
  /** The key is not the one that the last hop names. */
  | "key_mismatch"
  /** More scope, audience or depth than the last hop has. */
  | "scope_widened"
  | "audience_widened"
  | "depth_exceeded"
  /** Nothing is left of the chain's life. */
  | "expired"
  /** The token is not one of the gateway for this audience. */
  | "token_invalid"
  /** The token lacks a scope. */
  | "insufficient_scope"
  /** The gateway refused; `refusal` says why. Trying again changes nothing by itself. */
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

/** What a refused response says. The body is read from a copy: the response itself can still be read. */
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
    description: text("error_description") ?? "",
    decision: text("decision"),
    approval: approval as Refusal["approval"],
    connectUri: text("connect_uri"),
  };
}

/** On routes to MCP servers refusals are JSON-RPC, which holds the members as `data` of the error. */
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
