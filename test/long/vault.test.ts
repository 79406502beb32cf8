/**
 * The gateway is killed while it renews the tokens of a person's account. A refresh token is accepted once, so an
 * answer of the vendor that was not stored is lost, and the person is asked to connect the account again.
 */
import { expect, test } from "vitest";
import { startHopgate } from "../../bench/hopgate.ts";
import { withStates } from "../../bench/state.ts";
import { startUpstream } from "../../bench/upstream.ts";
import { connectPeople, isAnswerFor, personRequests, withAccounts } from "../../bench/vault-scene.ts";
import { startBenchVendor } from "../../bench/vault-vendor.ts";
import { foundCompany } from "../../demo/company.ts";
import { kills } from "../cases.ts";

const KILLS = kills(100);
const CALLERS = 16;
/** When it is killed: the vendor has taken the refresh token, has written its answer, or a caller has been served. */
const MOMENTS = ["taken", "answered", "served"] as const;
type Moment = (typeof MOMENTS)[number];

interface Answered {
  readonly status: number;
  readonly text: string;
}

test(`killed ${KILLS} times while it renews: who was served has a token that is kept, and who lost theirs is told where to connect`, async () => {
  await withStates(async (stateOf) => {
    let at: (moment: Moment) => void = () => undefined;
    const [company, upstream] = [await foundCompany(), await startUpstream()];
    const vendor = await startBenchVendor({ taken: async () => at("taken"), answered: () => at("answered") });
    const gateway = await startHopgate({
      company,
      upstream: upstream.origin,
      state: stateOf("gateway"),
      ...withAccounts(vendor.origin),
    });
    const people = Array.from({ length: KILLS }, (_, round) => `person-${round}`);
    const told = { kept: 0, lost: 0 };
    const ask = async (person: string): Promise<Answered> => {
      const [request] = await personRequests(company, gateway.origin, person, 1);
      const answer = await fetch(gateway.origin + request?.path, { headers: request?.headers ?? {} });
      return { status: answer.status, text: await answer.text() };
    };

    /** @returns what callers at once were answered until it was killed at this moment */
    async function untilKilled(person: string, wanted: Moment): Promise<Answered[]> {
      const { promise: killed, resolve } = Promise.withResolvers<void>();
      at = (moment) => {
        if (moment !== wanted) return;
        process.kill(gateway.pid, "SIGKILL");
        at = () => undefined;
        resolve();
      };
      const answers: Answered[] = [];
      const caller = async (): Promise<void> => {
        const answer = await ask(person).catch(() => undefined);
        if (answer === undefined) return;
        answers.push(answer);
        at("served");
      };
      await Promise.all(Array.from({ length: CALLERS }, caller));
      await killed;
      return answers;
    }

    try {
      await connectPeople({ company, gateway, vendor }, Object.fromEntries(people.map((person) => [person, false])));
      for (const [round, person] of people.entries()) {
        const moment = MOMENTS[round % MOMENTS.length] as Moment;
        const answers = await untilKilled(person, moment);
        for (const { status, text } of answers) expect([status, isAnswerFor(person)(text)]).toEqual([200, true]);
        await gateway.restart(async () => undefined);
        const next = await ask(person);
        const isKept = next.status === 200;
        if (isKept) expect(isAnswerFor(person)(next.text)).toBe(true);
        else
          expect(JSON.parse(next.text)).toMatchObject({ rule: "account_unconnected", connect_uri: expect.any(String) });
        if (moment === "taken") expect(isKept, person).toBe(false);
        if (answers.length > 0) expect(isKept, person).toBe(true);
        // The vendor has given new tokens for it once: it was not sent again, or was refused.
        expect(vendor.renewals.get(person)).toBe(1);
        told[isKept ? "kept" : "lost"] += 1;
      }
      console.log(`${KILLS} kills: ${told.kept} accounts kept, ${told.lost} to be connected again`);
      expect(told.kept).toBeGreaterThan(0);
    } finally {
      await gateway.stop();
      await vendor.stop();
      await upstream.stop();
    }
  });
});
