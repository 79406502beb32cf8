/** What a consumer of a broker remembers of failed messages, beyond what it has room for. */
import { expect, test } from "vitest";
import { createFailures } from "../../sdk/brokers/failures.ts";

test("failures are counted by message, until the message is handled", () => {
  const failures = createFailures();
  expect([failures.note("a"), failures.note("b"), failures.note("a")]).toEqual([1, 1, 2]);
  failures.forget("a");
  expect([failures.note("a"), failures.note("b")]).toEqual([1, 2]);
});

test("of many failing messages the oldest is forgotten, and one that fails repeatedly is not", () => {
  const failures = createFailures();
  for (let i = 0; i < 30_000; i++) {
    failures.note(`once ${i}`);
    if (i % 1000 === 0) failures.note("again");
  }
  expect(failures.note("again")).toBe(31);
  expect(failures.note("once 0")).toBe(1);
  expect(failures.note("once 29999")).toBe(2);
});
