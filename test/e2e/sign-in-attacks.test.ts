/** Attacks on the sign-in of people. They share a gateway. */
import { afterAll, beforeAll, describe } from "vitest";
import { testCodes } from "./sign-in-attacks/codes.ts";
import { testConsent } from "./sign-in-attacks/consent.ts";
import { testDisabled } from "./sign-in-attacks/disabled.ts";
import { testDocuments } from "./sign-in-attacks/documents.ts";
import { testFailures } from "./sign-in-attacks/failures.ts";
import { startAttackedDoor } from "./sign-in-attacks/given.ts";
import { testRedirects } from "./sign-in-attacks/redirects.ts";
import { testTokens } from "./sign-in-attacks/tokens.ts";

let stop: () => Promise<void>;
beforeAll(async () => {
  stop = await startAttackedDoor();
});
afterAll(() => stop());

describe("codes", testCodes);
describe("disabled names", testDisabled);
describe("redirects", testRedirects);
describe("consent", testConsent);
describe("documents", testDocuments);
describe("tokens", testTokens);
describe("failures", testFailures);
