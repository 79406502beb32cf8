/** Clients that are not who they say, or ask for what they may not. */
import { basic, exchange, ORDERS, personToken, post } from "../oauth.ts";
import { type Row, world } from "./given.ts";

export const clients: Row[] = [
  [
    "no client authentication",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => exchange(world, { subject_token: await personToken() }, {}),
  ],
  [
    "a wrong secret",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => exchange(world, { subject_token: await personToken() }, basic("support-agent", "guess")),
  ],
  [
    "an unknown client",
    401,
    "invalid_client",
    "the client is not authenticated",
    async () => exchange(world, { subject_token: await personToken() }, basic("nobody")),
  ],
  [
    "authentication in two ways",
    400,
    "invalid_request",
    "in more than one way",
    async () => exchange(world, { subject_token: await personToken(), client_id: "support-agent", client_secret: "x" }),
  ],
  [
    "a refresh token requested",
    400,
    "invalid_request",
    "is not issued here",
    async () =>
      exchange(world, {
        subject_token: await personToken(),
        requested_token_type: "urn:ietf:params:oauth:token-type:refresh_token",
      }),
  ],
  [
    "the refresh grant",
    400,
    "unsupported_grant_type",
    "is not supported here",
    () => post(world, "/oauth/token", { grant_type: "refresh_token", refresh_token: "x" }),
  ],
  [
    "a grant that the client may not use",
    400,
    "unauthorized_client",
    "the client may not use this grant",
    () => post(world, "/oauth/token", { grant_type: "client_credentials", audience: ORDERS }, basic("only-exchange")),
  ],
];
