/** The parameters of a request to an endpoint: a form, each parameter once (RFC 6749, section 3.2). */
import { type BodyTime, readRequest } from "../content.ts";
import type { HopError } from "../errors.ts";
import { sentInstead, sentText } from "../sent.ts";
import { OauthError } from "./errors.ts";

export interface Parameters {
  /** The parameter's value, or undefined; an empty value counts as none. */
  get(name: string): string | undefined;
  /** @throws OauthError `invalid_request` if it is missing */
  need(name: string): string;
  readonly names: readonly string[];
}

const MAX_BYTES = 256 * 1024;

/** @throws OauthError `invalid_request` */
export async function readParameters(request: Request, time: BodyTime): Promise<Parameters> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (request.method !== "POST") throw new OauthError("invalid_request", "the endpoint accepts only POST");
  if (type !== "application/x-www-form-urlencoded") {
    const instead = sentText(sentInstead(type, ["application/x-www-form-urlencoded"]));
    throw new OauthError("invalid_request", `the endpoint does not accept this content type: ${instead}`);
  }
  const body = await readRequest(request, MAX_BYTES, time).catch((cause: HopError) => {
    throw new OauthError("invalid_request", cause.message, { cause });
  });
  if (body === undefined) throw new OauthError("invalid_request", "the request is too large");
  return parametersOf(new URLSearchParams(new TextDecoder().decode(body)));
}

/** @throws OauthError `invalid_request`, `invalid_target` if a parameter is given twice */
export function parametersOf(form: URLSearchParams): Parameters {
  const names = [...form.keys()];
  const seen = new Set<string>();
  const twice = names.find((name) => seen.size === seen.add(name).size);
  if (twice === "audience" || twice === "resource") {
    throw new OauthError("invalid_target", "a token has one audience: send a request for each");
  }
  if (twice !== undefined) throw new OauthError("invalid_request", "a parameter is given more than once");
  const get = (name: string): string | undefined => form.get(name) || undefined;
  return {
    get,
    need(name) {
      const value = get(name);
      if (value === undefined) throw new OauthError("invalid_request", `\`${name}\` is missing`);
      return value;
    },
    names,
  };
}
