/** Attacks on attested names, and on SVIDs, that succeeded once. */
import { SignJWT } from "jose";
import { expect, test } from "vitest";
import { CAST, hashOf, keyNamed } from "../../vectors/craft.ts";
import { toService } from "../chains.ts";
import { nowSeconds, taskOf } from "../harness.ts";
import { TYPE } from "../oauth.ts";
import { mallorys, WIT_NAME } from "./attested.ts";
import {
  agentChain,
  ask,
  bearer,
  exchangeForm,
  PARTNER,
  partnerRoot,
  prodKey,
  recordOf,
  said,
  send,
  WORKER,
  withHop,
} from "./given.ts";

export function testAttested(): void {
  test("a client whose name contains a space does not make an attested name unproven for others", async () => {
    const wit = await mallorys();
    const key = await keyNamed("mallory");
    const poison = await partnerRoot({ client_id: `${hashOf(wit)} ${WIT_NAME}`, cnf: { jkt: key.thumbprint } });
    await bearer(poison);
    const chain = await withHop(await agentChain(), { ...toService, to: WIT_NAME, key: "mallory", header: { wit } });
    expect(await send(chain, "mallory")).toContain("policy_denied");
  });

  test("the token of one name does not attest a partner's other name", async () => {
    const txn = `task-${crypto.randomUUID()}`;
    const wit = await mallorys({ jti: "two" });
    const key = await keyNamed("mallory");
    const hop = { ...toService, to: WIT_NAME, key: "mallory", header: { wit } };
    expect(await send(await withHop(await agentChain(), hop), "mallory")).toContain("policy_denied");
    const claims = { client_id: `${hashOf(wit)} ${WIT_NAME}`, cnf: { jkt: key.thumbprint }, txn };
    await send(await partnerRoot(claims), "mallory");
    const { chain } = await recordOf(taskOf(txn, PARTNER));
    expect(chain?.actors).toEqual([{ iss: PARTNER, sub: claims.client_id, proof: "stated" }]);
  });

  test("an SVID for the gateway authenticates a client, and is no root of a chain", async () => {
    const now = nowSeconds();
    const svid = await new SignJWT({
      sub: WORKER,
      aud: [CAST.gateway],
      exp: now + 60,
      iat: now,
      jti: crypto.randomUUID(),
    })
      .setProtectedHeader({ alg: "ES256", typ: "JWT", kid: "p" })
      .sign(prodKey);
    expect(await bearer(svid)).toContain("root_refused");
    expect(await said(await ask("support-agent", exchangeForm(svid, { subject_token_type: TYPE.jwt })))).toContain(
      "`aud`, root_refused",
    );
  });
}
