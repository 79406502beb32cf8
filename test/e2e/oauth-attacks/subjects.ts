/** Subject tokens that give nothing, or less than is asked. */
import { CAST } from "../../vectors/craft.ts";
import { nowSeconds } from "../harness.ts";
import { AGENT, basic, exchange, grantedBy, personToken, post, register, SERVICE } from "../oauth.ts";
import { forService, type Row, service, world } from "./given.ts";

export const subjects: Row[] = [
  [
    "a forged issuer",
    400,
    "invalid_request",
    "issuer_unknown",
    async () => exchange(world, { subject_token: await personToken({ iss: "https://idp.evil.example" }) }),
  ],
  [
    "a key that is not the issuer's",
    400,
    "invalid_request",
    "signature_invalid",
    async () => exchange(world, { subject_token: await personToken({}, { signedBy: "mallory" }) }),
  ],
  [
    "an expired subject",
    400,
    "invalid_request",
    "expired",
    async () => exchange(world, { subject_token: await personToken({ exp: nowSeconds() - 1 }) }),
  ],
  [
    "a subject without `aud`",
    400,
    "invalid_request",
    "claim_missing",
    async () => exchange(world, { subject_token: await personToken({ aud: undefined }) }),
  ],
  [
    "`may_act` for another",
    400,
    "invalid_request",
    "`may_act` of `subject_token` names another actor",
    async () => exchange(world, { subject_token: await personToken({ may_act: { sub: SERVICE } }) }),
  ],
  [
    "a wider scope than the token's",
    400,
    "invalid_scope",
    "the client or the token does not have",
    async () =>
      exchange(world, {
        subject_token: await personToken({ scope: "orders:read" }),
        scope: "orders:read refunds:write",
      }),
  ],
  [
    "a wider scope than the client's",
    400,
    "invalid_scope",
    "the client or the token does not have",
    async () => exchange(world, { subject_token: await personToken(), scope: "refunds:write" }, basic("reader")),
  ],
  [
    "a cycle: A -> B -> A",
    400,
    "invalid_request",
    "an actor may appear once",
    async () => {
      const back = await grantedBy(
        await exchange(world, { subject_token: await forService(), audience: CAST.gateway }, service),
      );
      await register(world, { client_id: "support-agent", actor: AGENT, aliases: [CAST.gateway] });
      const answer = await exchange(world, { subject_token: back.access_token });
      await register(world, { client_id: "support-agent", actor: AGENT });
      return answer;
    },
  ],
  [
    "more actors than the client may make of it",
    400,
    "invalid_request",
    "as many actors as it may have",
    async () => exchange(world, { subject_token: await forService() }, basic("shallow")),
  ],
  [
    "a chain that allows no further hop",
    400,
    "invalid_request",
    "as many actors as it may have",
    async () => exchange(world, { subject_token: await forService({ max_hops: 0 }) }, service),
  ],
  [
    "use after revocation",
    400,
    "invalid_request",
    "was revoked, or its task has ended",
    async () => {
      const token = await forService();
      await post(world, "/oauth/revoke", { token });
      return exchange(world, { subject_token: token }, service);
    },
  ],
  [
    "a task that is too old for the client",
    400,
    "invalid_request",
    "has no time left",
    async () => exchange(world, { subject_token: await personToken({ iat: nowSeconds() - 120 }) }, basic("quick")),
  ],
];
