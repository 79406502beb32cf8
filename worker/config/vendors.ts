/** `[vendors.NAME]`: vendors at which people have accounts of their own, and how the gateway is a client there (docs/vendors.md). */
import * as v from "valibot";
import type { Credential } from "./credential.ts";
import { address, scopeToken, sharedSecretName } from "./fields.ts";

export const Vendor = v.pipe(
  v.strictObject({
    /** Its identifier: `iss` of its answers (RFC 9207), and the address of its metadata. */
    issuer: address,
    /** Which metadata it has: OpenID Connect Discovery, or RFC 8414. */
    discovery: v.optional(v.picklist(["openid", "oauth"])),
    /** Instead of metadata. */
    authorization_endpoint: v.optional(address),
    token_endpoint: v.optional(address),
    revocation_endpoint: v.optional(address),
    client_id: v.pipe(v.string(), v.minLength(1)),
    /** Name of a secret of the Worker; without one the client is public. */
    secret: v.optional(sharedSecretName),
    auth: v.optional(v.picklist(["basic", "post"]), "basic"),
    scope: v.optional(v.array(scopeToken), []),
    /** Additional parameters for the authorization endpoint, such as `access_type`. */
    parameters: v.optional(v.record(v.string(), v.string()), {}),
    /** Its name on pages. */
    title: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(100))),
  }),
  v.check(
    ({ authorization_endpoint: authorize, token_endpoint: token }) =>
      (authorize === undefined) === (token === undefined),
    "needs both of authorization_endpoint and token_endpoint, or neither",
  ),
  v.check(
    ({ discovery, token_endpoint: token }) => discovery === undefined || token === undefined,
    "has endpoints, so nothing is discovered",
  ),
  v.check(
    ({ parameters }) => !Object.keys(parameters).some((name) => OWN.includes(name)),
    "has a parameter that the gateway sets itself",
  ),
);
export type Vendor = v.InferOutput<typeof Vendor>;

/** Parameters that bind an answer to its request (RFC 6749, section 4.1.1; RFC 7636; RFC 9101; RFC 9126). */
const OWN = [
  "client_id",
  "code_challenge",
  "code_challenge_method",
  "redirect_uri",
  "request",
  "request_uri",
  "response_mode",
  "response_type",
  "scope",
  "state",
];

/** The other parts of the configuration that it depends on. */
interface Around {
  readonly vendors: Readonly<Record<string, Vendor>>;
  readonly oauth: { readonly sign_in?: object | undefined };
  readonly routes: readonly { readonly credential?: Credential | undefined }[];
}

/** Why people could not connect accounts: the field and the reason. Undefined if they can, or if no route needs it. */
export function vendorsProblem({ vendors, oauth, routes }: Around): string | undefined {
  const unknown = routes.findIndex(
    ({ credential }) => credential?.kind === "person" && !Object.hasOwn(vendors, credential.vendor),
  );
  if (unknown >= 0) return `routes[${unknown}].credential.vendor: is not one of vendors`;
  if (oauth.sign_in === undefined && Object.keys(vendors).length > 0)
    return "vendors: needs oauth.sign_in: that is where people connect their accounts";
  return undefined;
}
