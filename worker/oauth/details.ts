/** `authorization_details` of a request (RFC 9396, sections 5 and 6): never more than what the client presents has. Pure. */
import canonicalize from "canonicalize";
import type { Detail } from "../chain/details.ts";
import { OauthError } from "./errors.ts";
import type { Parameters } from "./parameters.ts";

/** The same limit as for a hop. */
const MOST = 16;

/**
 * For an exchange, and for a grant of another domain.
 *
 * @param available what the subject token or the assertion grants; undefined if details do not limit it
 * @returns what the new token grants; undefined if details do not limit it
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
      "`authorization_details` exceeds `subject_token` or `assertion`: each of the details must equal one of its own",
    );
  return asked;
}

/**
 * For all other grants: nothing that the client presents has details. A parameter that asks for rights must not be
 * ignored, because the client would take the answer for what it has asked for.
 *
 * @throws OauthError `invalid_authorization_details`
 */
export function refuseDetails(parameters: Pick<Parameters, "get">): void {
  if (parameters.get("authorization_details") === undefined) return;
  throw refused(
    "`authorization_details` cannot be used with this grant: only details of `subject_token` or `assertion` can be requested",
  );
}

function readDetails(text: string): Detail[] {
  try {
    const asked: unknown = JSON.parse(text);
    if (Array.isArray(asked) && asked.length <= MOST && asked.every(isDetail)) {
      // A value without a canonical form cannot be compared.
      canonicalize(asked);
      return asked;
    }
  } catch (cause) {
    throw refused("`authorization_details` is not JSON", cause);
  }
  throw refused(`\`authorization_details\` is not a list of at most ${MOST} objects with a \`type\``);
}

function isDetail(value: unknown): value is Detail {
  return typeof value === "object" && value !== null && typeof (value as Detail)["type"] === "string";
}

function refused(message: string, cause?: unknown): OauthError {
  return new OauthError("invalid_authorization_details", message, { cause });
}
