/** Tokens declared as what they are not. */
import { craftChain } from "../../vectors/craft.ts";
import { nowSeconds } from "../harness.ts";
import { exchange, personToken, TYPE } from "../oauth.ts";
import { type Row, service, world } from "./given.ts";

export const types: Row[] = [
  [
    "an access token declared as an ID token",
    400,
    "invalid_request",
    "is not of its declared type",
    async () => exchange(world, { subject_token: await personToken(), subject_token_type: TYPE.id }),
  ],
  [
    "an ID token declared as an access token",
    400,
    "invalid_request",
    "is not of its declared type",
    async () =>
      exchange(world, {
        subject_token: await personToken({ iss: "https://login.acme.example" }, { header: { typ: "JWT" } }),
      }),
  ],
  [
    "a chain declared as a token",
    400,
    "invalid_request",
    "is not of its declared type",
    async () => exchange(world, { subject_token: (await craftChain(nowSeconds())).chain }, service),
  ],
  [
    "a type that nobody knows",
    400,
    "invalid_request",
    "`subject_token_type` is not supported",
    async () =>
      exchange(world, {
        subject_token: await personToken(),
        subject_token_type: "urn:ietf:params:oauth:token-type:saml2",
      }),
  ],
  ...["constructor", "__proto__", "toString"].map(
    (name): Row => [
      `the type \`${name}\`, which every object has`,
      400,
      "invalid_request",
      "`subject_token_type` is not supported",
      async () => exchange(world, { subject_token: await personToken(), subject_token_type: name }),
    ],
  ),
];
