/** Requests that are no form. */
import { basic, post } from "../oauth.ts";
import { type Row, world } from "./given.ts";

export const forms: Row[] = [
  [
    "no form",
    400,
    "invalid_request",
    "it is `application/json`; accepted: `application/x-www-form-urlencoded",
    async () =>
      fetch(`${world.url}/oauth/token`, {
        method: "POST",
        headers: { ...basic("support-agent"), "content-type": "application/json" },
        body: "{}",
      }),
  ],
  [
    "GET",
    400,
    "invalid_request",
    "accepts only POST",
    () => fetch(`${world.url}/oauth/token?grant_type=client_credentials`),
  ],
  [
    "a parameter twice",
    400,
    "invalid_request",
    "is given more than once",
    () =>
      post(world, "/oauth/token", [
        ["grant_type", "client_credentials"],
        ["grant_type", "client_credentials"],
      ]),
  ],
];
