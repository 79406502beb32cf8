/** Registrations that have ended. */
import { afterEach, describe, expect, test } from "vitest";
import { CAST } from "../../vectors/craft.ts";
import { eventually, nowSeconds, recordsOf, refusalOf, untilAfter } from "../harness.ts";
import { exchange, grantedBy, personToken, post } from "../oauth.ts";
import { ask, chain, describeWorkload, personsRoot, plain, world } from "./given.ts";

export function testEnded(): void {
  describe.each([
    ["has expired", { expires: "2026-01-01T00:00:00Z" }, "actor_expired"],
    ["is disabled", { disabled: true }, "actor_disabled"],
  ] as const)("an actor whose registration %s", (_, ended, rule) => {
    afterEach(async () => {
      for (const name of [CAST.app, CAST.agent, CAST.service]) await plain(name);
    });

    test.each([
      ["the caller", CAST.service, 2],
      ["an actor in the middle", CAST.agent, 1],
      ["the origin, whom the root's issuer names", CAST.app, 0],
    ] as const)("is refused by name: %s", async (_, name, hop) => {
      await describeWorkload(name, ended);
      const txn = `task-${crypto.randomUUID()}`;
      const refusal = await refusalOf(await ask(await chain({ txn })));
      expect(refusal).toMatchObject({ status: 401, error: "invalid_token", rule });
      expect(refusal.description).toMatch(
        new RegExp(
          `^hop ${hop}: the registration of an actor ${rule === "actor_disabled" ? "is disabled" : "has expired"}`,
        ),
      );
      expect((await recordsOf(world, txn, 1))[0]).toMatchObject({ rule, outcome: "denied" });
      await plain(name);
      expect((await ask(await chain())).status).toBe(200);
    });

    test("is refused too if a delegator tells the name on a route that accepts told names", async () => {
      await describeWorkload(CAST.service, ended);
      expect(await refusalOf(await ask(await chain(), "/told/17"))).toMatchObject({ rule });
    });

    test("is refused in a chain whose root the gateway has issued", async () => {
      const form = { subject_token: await personsRoot(), audience: CAST.gateway };
      const { access_token: root } = await grantedBy(await exchange(world, form));
      const read = () => fetch(`${world.url}/owned/17`, { headers: { authorization: `Bearer ${root}` } });
      expect((await read()).status).toBe(200);
      await describeWorkload(CAST.app, ended);
      expect(await refusalOf(await read())).toMatchObject({ status: 401, rule });
    });

    test("gets no token at the token endpoint, and its earlier tokens are not active", async () => {
      const { access_token: token } = await grantedBy(await exchange(world, { subject_token: await personsRoot() }));
      const isActive = async () =>
        ((await (await post(world, "/oauth/introspect", { token })).json()) as { active: boolean }).active;
      expect(await isActive()).toBe(true);
      await describeWorkload(CAST.app, ended);
      for (const subject_token of [await personsRoot(), token]) {
        const answer = await exchange(world, { subject_token });
        expect(answer.status).toBe(400);
        expect(await answer.text()).toContain(rule);
      }
      expect(await isActive()).toBe(false);
    });

    test.each([
      ["a token that it got", "revoke"],
      ["its task", "tasks/TXN/end"],
    ])("does not keep a client from ending %s, which stays ended when the actor is back", async (_, path) => {
      const txn = `task-${crypto.randomUUID()}`;
      const subject_token = await personToken({ act: { sub: CAST.app }, txn });
      const { access_token: token } = await grantedBy(await exchange(world, { subject_token }));
      await describeWorkload(CAST.app, ended);
      expect((await post(world, `/oauth/${path.replace("TXN", txn)}`, { token })).status).toBe(200);
      await plain(CAST.app);
      const again = await exchange(world, { subject_token: token });
      expect([again.status, await again.text()]).toEqual([400, expect.stringContaining("was revoked")]);
    });
  });

  describe("a registration that ends while it is used", () => {
    test("is refused from then on, without a change of the registry", async () => {
      const ends = nowSeconds() + 4;
      await describeWorkload(CAST.service, { expires: new Date(ends * 1000).toISOString() });
      const text = await chain();
      expect((await ask(text)).status).toBe(200);
      await untilAfter(ends);
      const refused = await eventually(
        () => ask(text),
        ({ status }) => status !== 200,
      );
      expect(await refusalOf(refused)).toMatchObject({ rule: "actor_expired" });
      await plain(CAST.service);
    });
  });
}
