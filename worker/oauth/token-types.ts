/** Token types of RFC 8693, section 3, and the conditions for each. */
import { HopError } from "../errors.ts";
import { sentInstead } from "../sent.ts";
import { OauthError } from "./errors.ts";

export const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token";
export const JWT = "urn:ietf:params:oauth:token-type:jwt";
export const TXN_TOKEN = "urn:ietf:params:oauth:token-type:txn_token";
/** Identity Assertion JWT Authorization Grant: for the authorization server of another domain. */
export const ID_JAG = "urn:ietf:params:oauth:token-type:id-jag";
/** A subject that the client states itself (draft-ietf-oauth-transaction-tokens-10, "Subject Token Types"): signed by it, or not. */
export const SELF_SIGNED = "urn:ietf:params:oauth:token-type:self_signed";
const UNSIGNED_JSON = "urn:ietf:params:oauth:token-type:unsigned_json";
/** Hops joined by `~` (docs/chain.md). */
export const CHAIN = "urn:hopgate:token-type:chain";

/** Types of the header (`typ`, without "application/") that each declared type may have; of a chain, its root's. */
const HEADER_TYPES: ReadonlyMap<string, readonly string[]> = new Map([
  [ACCESS_TOKEN, ["at+jwt"]],
  [ID_TOKEN, ["none", "jwt"]],
  [TXN_TOKEN, ["txntoken+jwt"]],
  [JWT, ["none", "jwt", "jose", "at+jwt", "wit+jwt", "txntoken+jwt"]],
  [CHAIN, ["none", "jwt", "jose", "at+jwt", "wit+jwt", "txntoken+jwt"]],
]);

/** The accepted values of `requested_token_type`. */
export const ISSUED_TYPES: readonly string[] = [ACCESS_TOKEN, JWT, TXN_TOKEN, ID_JAG];

/** @throws OauthError `invalid_request` if the token is not of its declared type */
export function requireType(name: string, declared: string, token: string): void {
  // Nothing binds such a subject to the client: anyone who can change the request after TLS has ended could name
  // another.
  if (declared === UNSIGNED_JSON)
    throw new OauthError("invalid_request", `\`${name}\` is not signed: sign it, as \`${SELF_SIGNED}\``);
  const allowed = HEADER_TYPES.get(declared);
  if (allowed === undefined) throw new OauthError("invalid_request", `\`${name}_type\` is not supported`);
  const [root = "", ...hops] = token.split("~");
  if (hops.length > 0 !== (declared === CHAIN))
    throw new OauthError(
      "invalid_request",
      `\`${name}\` is not of its declared type: only hops joined by \`~\` are a chain`,
    );
  const typ = headerType(root);
  if (typeof typ === "string" && allowed.includes(typ.toLowerCase().replace(/^application\//, ""))) return;
  const cause = new HopError("typ_not_accepted", { hop: 0, member: "typ", sent: sentInstead(typ, allowed) });
  throw new OauthError("invalid_request", `\`${name}\` is not of its declared type: ${cause.message}`, { cause });
}

/** `typ` of a compact JWS, of any form; "none" if it has none, undefined if it cannot be read. */
function headerType(jws: string): unknown {
  try {
    const [header = ""] = jws.split(".");
    const { typ } = JSON.parse(atob(header.replaceAll("-", "+").replaceAll("_", "/"))) as { typ?: unknown };
    return typ === undefined ? "none" : typ;
  } catch {
    return undefined;
  }
}
