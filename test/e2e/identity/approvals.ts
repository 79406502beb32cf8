/** Nobody approves what is done for themselves. */
import { describe, expect, test } from "vitest";
import { askConsole, startSession } from "../../../cli/people.ts";
import { CAST, keyNamed, sign } from "../../vectors/craft.ts";
import { nameOf, rootOf, toAgent, withHop } from "../chains.ts";
import { call, nowSeconds } from "../harness.ts";
import { basic, exchange, grantedBy, personToken } from "../oauth.ts";
import { agentChain, PEOPLE, remote, revoke, world } from "./given.ts";

export function testApprovals(): void {
  describe("nobody approves what is done for themselves", () => {
    const asked = async (chain: string, key: string) => {
      const answer = await call(world, { path: "/exports/orders", chain, key: await keyNamed(key) });
      return ((await answer.json()) as { approval: { id: string } }).approval.id;
    };
    const approve = async (id: string, name: string, issuer?: string): Promise<unknown> => {
      const session = await startSession(remote(), { name, groups: ["data-protection"], issuer });
      return askConsole(remote(), session, `approvals/${id}`, {
        decision: "approve",
        group: "data-protection",
        comment: "",
      });
    };
    const own = "people cannot approve what is done for them";

    test("directly", async () => {
      const id = await asked(await agentChain(), "agent");
      await expect(approve(id, "alice")).rejects.toThrow(own);
      expect(await approve(id, "dora")).toMatchObject({ status: "approved" });
    });
    test("through a token exchange", async () => {
      const { DPoP, token } = await boundExchange(await personToken());
      void DPoP;
      const id = await asked(token, "agent");
      await expect(approve(id, "alice")).rejects.toThrow(own);
    });
    test("under another name that the issuer knows them by, whatever its case", async () => {
      const chain = await withHop(
        await rootOf({
          claims: {
            iss: PEOPLE,
            sub: "u-olga",
            email: "Olga@acme.example",
            reason: "customer-support",
            tctx: undefined,
          },
        }),
        { ...toAgent, claims: { scope: "orders:read" } },
      );
      const id = await asked(chain, "agent");
      for (const name of ["u-olga", "Olga@acme.example", "olga@ACME.example"]) {
        await expect(approve(id, name, PEOPLE)).rejects.toThrow(own);
      }
      expect(await approve(id, "u-dora", PEOPLE)).toMatchObject({ status: "approved" });
    });
    test("if it cannot be decided who they are", async () => {
      const id = await asked(await agentChain(), "agent");
      await expect(approve(id, "alice", "https://elsewhere.example")).rejects.toThrow("cannot be decided");
    });
    test("nor what was revoked since then", async () => {
      const chain = await agentChain();
      const id = await asked(chain, "agent");
      await revoke({ kind: "hop", hash: nameOf(chain, 1) });
      await expect(approve(id, "dora")).rejects.toThrow("revoked");
    });

    /** An exchange by a client that proves the agent's key. */
    async function boundExchange(subject: string): Promise<{ token: string; DPoP: string }> {
      const url = `${world.url}/oauth/token`;
      const proof = async (nonce?: string): Promise<string> => {
        const key = await keyNamed("agent");
        const claims = { htm: "POST", htu: url, iat: nowSeconds(), jti: crypto.randomUUID(), ...(nonce && { nonce }) };
        return sign({ alg: "EdDSA", typ: "dpop+jwt", jwk: key.jwk }, claims, key);
      };
      const ask = async (nonce?: string) =>
        exchange(
          world,
          { subject_token: subject, audience: CAST.gateway },
          { ...basic("support-agent"), dpop: await proof(nonce) },
        );
      const nonce = (await ask()).headers.get("dpop-nonce") ?? undefined;
      return { token: (await grantedBy(await ask(nonce))).access_token, DPoP: "" };
    }
  });
}
