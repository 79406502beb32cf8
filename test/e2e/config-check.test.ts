/** `hopgate config check`: what a gateway would refuse to start with. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newKey, publicPart } from "../../sdk/keys.ts";
import { hopgate, hopgateProcess } from "./command-line.ts";

let folder: string;
let issuer: Server;
let keys: object;
let secrets: Record<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hopgate-check-"));
  const key = await newKey();
  secrets = {
    GATEWAY_KEYS: JSON.stringify({ keys: [key] }),
    POLICY_KEYS: JSON.stringify({ keys: [publicPart(key)] }),
    ADMIN_TOKEN: "admin",
    CRM_KEY: "crm",
  };
  keys = { keys: [publicPart(key)] };
  issuer = createServer((_, answer) => answer.end(JSON.stringify(keys))).listen(0, "127.0.0.1");
});
afterAll(async () => {
  issuer.close();
  await rm(folder, { recursive: true });
});

/** The local configuration, changed, checked. */
async function check(change: (text: string) => string, options: string[], env = secrets) {
  const file = join(folder, "hopgate.toml");
  await writeFile(file, change(await readFile("config/local.toml", "utf8")));
  return hopgate(["config", "check", ...options, file], env);
}

/** An issuer whose keys are fetched. */
const withIssuer = (text: string): string => {
  const { port } = issuer.address() as AddressInfo;
  return `${text}\n[[issuers]]\nissuer = "https://fetched.example"\njwks_uri = "http://127.0.0.1:${port}/jwks"\n`;
};

test("a configuration that a gateway can start with is summarized", async () => {
  const { code, out } = await check((text) => text, ["--secrets"]);
  expect([code, out]).toEqual([0, expect.stringContaining("routes")]);
});

test("a field that is wrong is named", async () => {
  const { code, out } = await check((text) => text.replace("upstream =", "upstrem ="), []);
  expect([code, out]).toEqual([1, expect.stringContaining("routes[0]: unknown field `upstrem`")]);
  const of = ["config", "check", join(folder, "hopgate.toml")];
  expect(await hopgateProcess(of)).toEqual({ code, out });
  expect(await hopgateProcess([...of, "--no-such-option"])).toMatchObject({ code: 2 });
});

test("secrets that are missing or cannot be used are named, and their values are not printed", async () => {
  const { code, out } = await check((text) => text, ["--secrets"], {
    GATEWAY_KEYS: "garbage-that-is-secret",
    CRM_KEY: "",
  });
  expect(code).toBe(1);
  for (const name of ["POLICY_KEYS", "ADMIN_TOKEN", "CRM_KEY"]) expect(out).toContain(`the secret ${name} is not set`);
  expect(out).toContain("secret GATEWAY_KEYS: must be JSON");
  expect(out).not.toContain("garbage-that-is-secret");
});

test("a secret that is set as the next of another is not missing: the gateway uses it", async () => {
  const terms = '\n[secrets.CRM_KEY]\nsince = 2026-09-01\nmax_age_days = 90\nnext = "CRM_KEY_NEXT"\n';
  const { CRM_KEY: _, ...others } = secrets;
  const checked = async (more: Record<string, string>) =>
    (await check((text) => text + terms, ["--secrets"], { ...others, ...more })).out;
  expect(await checked({})).toContain("the secret CRM_KEY is not set");
  expect(await checked({ CRM_KEY_NEXT: "" })).toContain("the secret CRM_KEY is not set");
  expect(await checked({ CRM_KEY_NEXT: "new" })).not.toContain("is not set");
});

test("an issuer's keys are fetched with --fetch: a set without a usable key is a problem", async () => {
  // The issuer of the local configuration is there while `npm start` runs.
  expect((await check(withIssuer, ["--fetch"])).out).not.toContain("https://fetched.example: ");
  keys = { keys: [] };
  const { code, out } = await check(withIssuer, ["--fetch"]);
  expect([code, out]).toEqual([1, expect.stringContaining("https://fetched.example: its key set has no usable key")]);
});

test("an issuer that cannot be reached is named, with the cause", async () => {
  const elsewhere = (text: string): string =>
    `${text}\n[[issuers]]\nissuer = "https://gone.example"\njwks_uri = "http://127.0.0.1:9/jwks"\n`;
  const { code, out } = await check(elsewhere, ["--fetch"]);
  expect([code, out]).toEqual([1, expect.stringMatching(/https:\/\/gone.example: its keys cannot be fetched: .+/)]);
});
