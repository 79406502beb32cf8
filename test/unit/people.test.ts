/** Who the persons of a chain are, by every name that they go by. */
import { expect, test } from "vitest";
import { addressParty, foreignParties, partyId } from "../../worker/chain/party.ts";
import { peopleOf } from "../../worker/chain/people.ts";
import { personDigests } from "../../worker/chain/revocation.ts";
import { subjectOf } from "../../worker/chain/subject.ts";
import type { Actor, Root } from "../../worker/chain/types.ts";
import { verificationCore } from "../../worker/core.ts";

const { sha256 } = verificationCore();

const idp = "https://idp.acme.example";
const partner = "https://idp.partner.example";
const alice = { iss: idp, sub: "alice" };
const app: Actor = { iss: partner, sub: "app", proof: "stated" };

const rootOf = (claims: Record<string, unknown>, issuer = partner): Root =>
  ({ claims, issuer, authority: issuer, mapped: {}, own: undefined }) as unknown as Root;

const people = (root: Root, ...actors: [Actor, ...Actor[]]) => {
  const { party: subject, ...subjectNames } = subjectOf(root);
  return peopleOf({ subject, subjectNames, actors, root }, sha256);
};
const isAmong = (name: { iss: string; sub: string }, found: readonly string[]): boolean =>
  personDigests([name], sha256).some((digest) => found.includes(digest));

test("the subject, under the partner's name and under the one in `sub_id`", () => {
  const root = rootOf({ sub: "7", sub_id: { format: "iss_sub", ...alice } });
  const found = people(root, app);
  expect(isAmong(alice, found.people)).toBe(true);
  expect(isAmong({ iss: partner, sub: "7" }, found.people)).toBe(true);
  expect(found.issuers).toEqual([partner, idp]);
});

test("the same in a token of the gateway's own", () => {
  const subject = { iss: partner, sub: partyId(alice) };
  const gateway = "https://gateway.acme.example";
  const root = { ...rootOf({ lineage: [] }, gateway), own: { subject } } as unknown as Root;
  const found = people(root, app);
  expect(isAmong(alice, found.people)).toBe(true);
  expect(found.issuers).toEqual([partner, idp]);
});

test("a person who acts for another, and one that a partner states as ours", () => {
  const customer = rootOf({ sub: "customer-7" }, idp);
  expect(isAmong(alice, people(customer, { ...alice, proof: "stated" }).people)).toBe(true);
  const found = people(rootOf({ sub: "7" }), { iss: partner, sub: partyId(alice), proof: "stated" });
  expect(isAmong(alice, found.people)).toBe(true);
  expect(found.issuers).toEqual([partner, idp]);
});

test("none, if a workload acts for no one", () => {
  const job: Actor = { iss: "spiffe://acme.example", sub: "spiffe://acme.example/jobs/nightly", proof: "attested" };
  const root = { ...rootOf({ sub: job.sub }), authority: job.iss };
  expect(people(root, job).issuers).toEqual([]);
});

test.each([
  ["a name with a space", { iss: partner, sub: "Alice Smith" }, []],
  ["a name with an initial", { iss: partner, sub: "A. Smith" }, []],
  ["somebody else's", { iss: partner, sub: partyId(alice) }, [alice]],
  [
    "somebody else's by a third",
    { iss: partner, sub: partyId({ iss: "https://third.example", sub: partyId(alice) }) },
    [{ iss: "https://third.example", sub: partyId(alice) }, alice],
  ],
])("%s as a name", (_, party, foreign) => {
  expect(foreignParties(party)).toEqual(foreign);
});

test("an address is the same in any case and either Unicode form", () => {
  const [composed, decomposed] = ["J\u00fcrgen@Acme.example", "ju\u0308rgen@acme.example"];
  expect(addressParty(idp, composed)).toEqual(addressParty(idp, decomposed));
  expect(addressParty(idp, "jurgen")).toBeUndefined();
});
