/** Audiences that are not the client's to ask for. */
import { basic, exchange, ORDERS, personToken, post, REFUNDS, TYPE } from "../oauth.ts";
import { type Row, world } from "./given.ts";

export const audiences: Row[] = [
  [
    "an audience that is not registered",
    400,
    "invalid_target",
    "for this target",
    async () => exchange(world, { subject_token: await personToken(), audience: "https://elsewhere.example" }),
  ],
  [
    "an audience that is another's",
    400,
    "invalid_target",
    "for this target",
    async () => exchange(world, { subject_token: await personToken(), audience: REFUNDS }, basic("reader")),
  ],
  [
    "an internal resource",
    400,
    "invalid_target",
    "for this target",
    async () =>
      exchange(world, { subject_token: await personToken(), audience: "", resource: "http://169.254.169.254/latest" }),
  ],
  [
    "audience and resource that differ",
    400,
    "invalid_target",
    "`audience` and `resource` differ",
    async () => exchange(world, { subject_token: await personToken(), resource: REFUNDS }),
  ],
  [
    "several audiences",
    400,
    "invalid_target",
    "a token has one audience",
    async () =>
      post(world, "/oauth/token", [
        ["grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"],
        ["subject_token", await personToken()],
        ["subject_token_type", TYPE.access],
        ["audience", ORDERS],
        ["audience", REFUNDS],
      ]),
  ],
  [
    "no audience, with several to choose from",
    400,
    "invalid_target",
    "what is the token for",
    async () => exchange(world, { subject_token: await personToken(), audience: "" }),
  ],
];
