/** `POST /oauth/register`: a client registers itself (RFC 7591), if the configuration allows it. */
import * as v from "valibot";
import { type BodyTime, readRequest } from "../../content.ts";
import type { HopError } from "../../errors.ts";
import { answer } from "../answer.ts";
import { PEOPLE_GRANTS } from "../clients.ts";
import { NO_STORE, OauthError } from "../errors.ts";
import { WebRedirect } from "../redirect-uri.ts";
import type { Service } from "../service.ts";
import { addRegistration, type Described } from "./dynamic.ts";

const MOST_BYTES = 8_192;

const Metadata = v.looseObject({
  redirect_uris: v.pipe(v.array(WebRedirect), v.minLength(1), v.maxLength(8)),
  client_name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(128), v.regex(/^[^\p{Cc}\p{Cf}]*$/u))),
  grant_types: v.optional(v.array(v.string())),
  response_types: v.optional(v.array(v.string())),
});

export async function registerEndpoint(request: Request, service: Service): Promise<Response> {
  try {
    const rate = service.config.oauth.sign_in?.registrations ?? 0;
    if (rate === 0) throw new OauthError("access_denied", "clients are registered by the gateway's operators");
    if (request.method !== "POST") throw new OauthError("invalid_request", "the endpoint accepts only POST");
    const described = await readDescription(request, service.config.gateway);
    const wait = await service
      .takeRate("oauth/register", { requests: rate, seconds: 3_600 })
      .catch((cause: unknown) => {
        throw new OauthError("temporarily_unavailable", "the store of rates cannot be reached", { cause });
      });
    if (wait > 0) throw new OauthError("temporarily_unavailable", "too many clients are registering now");
    const id = await addRegistration(described, service);
    return Response.json(
      {
        client_id: id,
        client_id_issued_at: Math.floor(service.now() / 1000),
        ...described,
        grant_types: PEOPLE_GRANTS,
        response_types: ["code"],
        token_endpoint_auth_method: "none",
      },
      { status: 201, headers: NO_STORE },
    );
  } catch (error) {
    return answer(error, request);
  }
}

/** @throws OauthError `invalid_redirect_uri`, `invalid_client_metadata` (RFC 7591, section 3.2.2) */
async function readDescription(request: Request, time: BodyTime): Promise<Described> {
  const body = await readRequest(request, MOST_BYTES, time).catch((cause: HopError) => {
    throw new OauthError("invalid_client_metadata", cause.message, { cause });
  });
  const result = v.safeParse(Metadata, body && parse(body));
  if (!result.success) {
    const [issue] = result.issues;
    const path = v.getDotPath(issue) ?? "";
    const code = path.startsWith("redirect_uris") ? "invalid_redirect_uri" : "invalid_client_metadata";
    throw new OauthError(code, `${path === "" ? "the metadata" : `\`${path}\``}: ${issue.message}`);
  }
  const { client_name: name, redirect_uris: redirects, grant_types: grants, response_types: types } = result.output;
  if (grants && !grants.includes("authorization_code"))
    throw new OauthError("invalid_client_metadata", "`grant_types` must hold `authorization_code`");
  if (types && !types.includes("code"))
    throw new OauthError("invalid_client_metadata", "`response_types` must hold `code`");
  return { client_name: name ?? "a client without a name", redirect_uris: redirects };
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
