/** How old secrets of vendors are, and what the configuration may say of it. */
import { describe, expect, test } from "vitest";
import { FEDERATION_KEYS, OWN_SECRETS, readConfig, secretInUse, VAULT_KEYS } from "../../worker/config.ts";
import { secretsStanding, secretWarning } from "../../worker/vendor/secret-age.ts";

const DAY_MS = 24 * 3600 * 1000;
const configured = (terms: string, ...more: string[]) =>
  readConfig(`
[gateway]
id = "https://gateway.example.com"
[[issuers]]
issuer = "https://idp.example.com"
discovery = true
${["CRM_KEY", "MAIL_KEY", ...more]
  .map(
    (secret) => `
[[routes]]
id = "${secret.toLowerCase()}"
api = "crm"
path = "/${secret}/*"
upstream = "https://crm.example"
audience = "https://${secret.toLowerCase().replace("_", "-")}.example"
sensitivity = "low"
credential = { kind = "header", secret = "${secret}" }
methods = { GET = { action = "crm:read" } }
`,
  )
  .join("")}
${terms}
`);
const TERMS = '[secrets.CRM_KEY]\nsince = 2026-01-01T00:00:00Z\nmax_age_days = 90\nnext = "CRM_KEY_NEXT"\n';
const PROXY = '[[authorizer.proxies]]\nname = "edge"\nkind = "nginx"\nsecret = "EDGE_SECRET"\n';
const RECEIVER = '[[receivers]]\nid = "siem"\naudience = "https://siem.example"\nsecret = "SIEM_SECRET"\n';
const DUE = Date.UTC(2026, 0, 1) + 90 * DAY_MS;

describe("a secret", () => {
  const config = configured(TERMS);
  const warningsAt = (now: number, set: Readonly<Record<string, string>> = { CRM_KEY: "old", MAIL_KEY: "mail" }) =>
    secretsStanding(config, (name) => set[name]).flatMap((secret) => secretWarning(secret, now) ?? []);

  test("has a warning from 14 days before it is due", () => {
    expect(warningsAt(DUE - 14 * DAY_MS - 1)).toEqual([]);
    expect(warningsAt(DUE - 14 * DAY_MS)).toEqual(["the secret CRM_KEY is due to be replaced on 2026-04-01"]);
    expect(warningsAt(DUE)).toEqual(["the secret CRM_KEY was due to be replaced on 2026-04-01"]);
  });

  test("that is replaced has a warning as long as both are set", () => {
    expect(warningsAt(DUE, { CRM_KEY: "old", CRM_KEY_NEXT: "new" })).toEqual([
      "the secret CRM_KEY_NEXT is used instead of CRM_KEY: revoke the old one at the vendor, and set CRM_KEY to the new value",
    ]);
  });

  test.each<[string | undefined, Readonly<Record<string, string>>]>([
    ["old", { CRM_KEY: "old" }],
    ["new", { CRM_KEY: "old", CRM_KEY_NEXT: "new" }],
    ["new", { CRM_KEY_NEXT: "new" }],
    ["old", { CRM_KEY: "old", CRM_KEY_NEXT: "" }],
    [undefined, {}],
  ])("is %j if %j are set", (used, set) => {
    expect(secretInUse("CRM_KEY", config, (name) => set[name])).toBe(used);
  });
});

describe("the configuration", () => {
  test.each([
    ["of a secret that nobody uses", TERMS.replace("CRM_KEY]", "OTHER]"), "secrets.OTHER: is not the name of a secret"],
    ["with a next that is in use", TERMS.replace("CRM_KEY_NEXT", "MAIL_KEY"), "secrets.CRM_KEY.next: is in use"],
    [
      "with a next that is the gateway's own",
      TERMS.replace("CRM_KEY_NEXT", "ADMIN_TOKEN"),
      "secrets.CRM_KEY.next: is a secret of the gateway itself",
    ],
    [
      "with a next by which a proxy is known",
      `${TERMS.replace("CRM_KEY_NEXT", "EDGE_SECRET")}${PROXY}`,
      "secrets.CRM_KEY.next: is in use for something else",
    ],
    [
      "with a next by which a receiver is known",
      `${TERMS.replace("CRM_KEY_NEXT", "SIEM_SECRET")}${RECEIVER}`,
      "secrets.CRM_KEY.next: is in use for something else",
    ],
    [
      "of a secret by which a proxy is known too",
      PROXY.replace("EDGE_SECRET", "CRM_KEY"),
      "the credential of route crm_key: names the secret CRM_KEY, by which the gateway knows a proxy or a receiver",
    ],
    ["with itself as next", TERMS.replace("CRM_KEY_NEXT", "CRM_KEY"), "secrets.CRM_KEY.next: is in use"],
    [
      "with one next for two",
      `${TERMS}${TERMS.replace("CRM_KEY]", "MAIL_KEY]")}`,
      "secrets.CRM_KEY.next: is in use for something else",
    ],
    [
      "with a next of VAULT_KEYS",
      TERMS.replace("CRM_KEY]", "VAULT_KEYS]"),
      "secrets.VAULT_KEYS.next: does not apply to a set of keys",
    ],
    [
      "with a next of FEDERATION_KEYS",
      TERMS.replace("CRM_KEY]", "FEDERATION_KEYS]"),
      "secrets.FEDERATION_KEYS.next: does not apply",
    ],
    [
      "without a date",
      TERMS.replace("2026-01-01T00:00:00Z", '"soon"'),
      "secrets.CRM_KEY.since: must be an ISO 8601 time",
    ],
    ["without an age", TERMS.replace("90", "0"), "secrets.CRM_KEY.max_age_days"],
  ])("%s is refused", (_, terms, problem) => {
    expect(() => configured(terms)).toThrow(problem);
  });

  test.each([...OWN_SECRETS, VAULT_KEYS, FEDERATION_KEYS])("that shares %s is refused", (own) => {
    const problem = "secret: is a secret of the gateway itself";
    expect(() => configured("", own)).toThrow(`credential.${problem}`);
    expect(() => configured(RECEIVER.replace("SIEM_SECRET", own))).toThrow(`receivers[0].${problem}`);
    expect(() => configured(PROXY.replace("EDGE_SECRET", own))).toThrow(`authorizer.proxies[0].${problem}`);
  });
});
