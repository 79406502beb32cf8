/** How long callers at once wait for a person's account whose token is over, against one whose token is in force. */
import assert from "node:assert/strict";
import { type BenchCase, interleave, report } from "./compare.ts";
import { load } from "./load.ts";
import { withScene } from "./scene.ts";
import { connectPeople, isAnswerFor, personRequests, withAccounts } from "./vault-scene.ts";
import { type BenchVendor, startBenchVendor } from "./vault-vendor.ts";

export const VAULT = "vault";
const CALLERS = 64;

export async function vault(rounds: number): Promise<BenchCase[]> {
  const vendor = await startBenchVendor();
  try {
    return await measure(vendor, rounds);
  } finally {
    await vendor.stop();
  }
}

function measure(vendor: BenchVendor, rounds: number): Promise<BenchCase[]> {
  return withScene(async ({ company, startAnother }) => {
    const gateway = await startAnother(withAccounts(vendor.origin));
    // Each round has a person of its own.
    const people = (kind: string): string[] => Array.from({ length: rounds + 1 }, (_, round) => `${kind}-${round}`);
    const [over, inForce] = [people("over"), people("in-force")];
    const connected = [...over, ...inForce].map((person) => [person, inForce.includes(person)] as const);
    await connectPeople({ company, gateway, vendor }, Object.fromEntries(connected));
    const contender = (persons: string[], renewals: number) => async () => {
      const person = persons.shift() as string;
      const requests = await personRequests(company, gateway.origin, person, CALLERS);
      const perSecond = await load(gateway.origin, requests, isAnswerFor(person), CALLERS);
      assert.equal(vendor.renewals.get(person) ?? 0, renewals, "a refresh token is sent once");
      return (CALLERS / perSecond) * 1000;
    };
    const contenders = { renewed: contender([...over], 1), "in force": contender([...inForce], 0) };
    const measured = await interleave(contenders, rounds);
    const note = `until ${CALLERS} callers at once, each with a connection, are answered by the vendor's API; the refresh token was sent once each time`;
    return [report(VAULT, "ms", "less", measured, "renewed", note)];
  });
}
