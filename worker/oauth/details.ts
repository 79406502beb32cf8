/** `authorization_details` of a token request (RFC 9396, section 6): never more than the token has that is exchanged. Pure. */
import canonicalize from "canonicalize";
import type { Detail } from "../chain/details.ts";
import { OauthError } from "./errors.ts";
import type { Parameters } from "./parameters.ts";

/** As many as a hop may have. */
const MOST = 16;

/**
 * @param available what the subject token grants; undefined where it is not limited by details
 * @returns what the new token grants; undefined where it is not limited by details
 * @throws OauthError `invalid_authorization_details`
 */
export function chooseDetails(
  parameters: Pick<Parameters, "get">,
  available: readonly Detail[] | undefined,
): readonly Detail[] | undefined {
  const text = parameters.get("authorization_details");
  if (text === undefined) return available;
  const asked = readDetails(text);
  const held = new Set(available?.map((each) => canonicalize(each)));
  if (!asked.every((each) => held.has(canonicalize(each))))
    throw refused(
      "`authorization_details` asks for what `subject_token` does not have: each must equal one of its own",
    );
  return asked;
}

function readDetails(text: string): Detail[] {
  try {
    const asked: unknown = JSON.parse(text);
    if (Array.isArray(asked) && asked.length <= MOST && asked.every(isDetail)) {
      // What has no canonical form cannot be compared.
      canonicalize(asked);
      return asked;
    }
  } catch (cause) {
    throw refused("`authorization_details` is not JSON", cause);
  }
  throw refused(`\`authorization_details\` is no list of at most ${MOST} objects with a \`type\``);
}

function isDetail(value: unknown): value is Detail {
  return typeof value === "object" && value !== null && typeof (value as Detail)["type"] === "string";
}

function refused(message: string, cause?: unknown): OauthError {
  return new OauthError("invalid_authorization_details", message, { cause });
}
