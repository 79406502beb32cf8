/** A vendor with accounts of people, the front door, and what people do at both. */

import { expect } from "vitest";
import type { Browser, Page } from "../../../examples/browser.ts";
import { freePort } from "../../../local/free-port.ts";
import { keyNamed } from "../../vectors/craft.ts";
import { type AccountVendor, OVER, startAccountVendor, VENDOR_CLIENT } from "../account-vendor.ts";
import { rootOf } from "../chains.ts";
import { type Door, newBrowser, startDoor } from "../door.ts";
import { call } from "../harness.ts";
import { ownActs } from "../own-acts.ts";

export let door: Door;
export let vendor: AccountVendor;
export let other: AccountVendor;
export const log: string[] = [];

export const VAULT_KEYS = JSON.stringify({ keys: [{ kty: "oct", kid: "one", k: "A".repeat(43) }] });

/** @returns what stops it */
export async function startAccounts(): Promise<() => Promise<void>> {
  const port = await freePort();
  const callbacks = ["crm", "other"].map((name) => `http://127.0.0.1:${port}/me/connected/${name}`);
  [vendor, other] = await Promise.all([startAccountVendor(callbacks), startAccountVendor(callbacks)]);
  const route = (id: string, more: string): string => `
[[routes]]
id = "${id}"
api = "crm-api"
path = "/${id}"
upstream = "${vendor.url}/api"
audience = "https://${id}.vendor.example"
sensitivity = "low"
${more}
credential = { kind = "person", vendor = "crm" }
`;
  const of = (name: string, { url }: AccountVendor): string => `
[vendors.${name}]
issuer = "${url}"
title = "Acme CRM ${name}"
client_id = "${VENDOR_CLIENT.id}"
secret = "CRM_CLIENT_SECRET"
scope = ["crm", "offline_access"]
`;
  const idp = await keyNamed("idp");
  door = await startDoor({
    port,
    log: (line) => log.push(line),
    secrets: { CRM_CLIENT_SECRET: VENDOR_CLIENT.secret, VAULT_KEYS },
    policies: ["mine", "tools-of-mine"]
      .map((id) => `permit (principal, action, resource == Route::"${id}");`)
      .join("\n"),
    configure: ({ company }) => `
${of("crm", vendor)}${of("other", other)}
[[issuers]]
issuer = "${company.issuer}"
types = ["at+jwt"]
keys = [{ kty = "OKP", crv = "Ed25519", kid = "idp-1", x = "${idp.x}" }]
${route("mine", 'methods = { GET = { action = "crm:read", scopes = ["crm:read"] } }')}
${route(
  "tools-of-mine",
  `proof = ["dpop", "bearer"]
actors = "told"
methods = { POST = { action = "mcp:session", scopes = ["crm:read"] } }
tools = { whoami = { action = "crm:read", scopes = ["crm:read"] } }`,
)}`,
  });
  return async () => {
    await Promise.all([door.stop(), vendor.stop(), other.stop()]);
  };
}

/** It is alice again who is signed in, here and at the vendor. */
export function forget(): void {
  vendor.account = "alice-at-vendor";
  vendor.challenge = OVER;
  door.company.person = "alice";
}

/** A chain for somebody of the company, or of another issuer. */
export function chainFor(sub: string, claims: Record<string, unknown> = {}): Promise<string> {
  return rootOf({ claims: { iss: door.company.issuer, aud: door.url, sub, scope: "crm:read", ...claims } });
}
export async function read(sub: string, claims: Record<string, unknown> = {}): Promise<Response> {
  const chain = await chainFor(sub, claims);
  return call(door.world, { path: "/mine", chain, key: await keyNamed("app") });
}
export async function connectUriOf(sub: string): Promise<string> {
  const { connect_uri: uri } = (await (await read(sub)).json()) as { connect_uri: string };
  return uri;
}
/** Presses the button, and goes where the vendor is. */
export async function goOn(browser: Browser, page: Page, change: Record<string, string> = {}): Promise<URL> {
  const onward = await browser.send(page, page.url.pathname, change);
  const [, href] = /<a href="(http[^"]+)">Continue to/.exec(onward.text) ?? [];
  if (href === undefined) throw new Error(`${onward.status}: ${onward.text}`);
  expect(onward.headers.get("refresh")).toContain("0;url=");
  return new URL(href.replaceAll("&amp;", "&"));
}
export async function connect(sub: string, account: string, browser = newBrowser()): Promise<Page> {
  door.company.person = sub;
  vendor.account = account;
  const page = await browser.go(`${door.url}/me/connect/crm`);
  return browser.go((await goOn(browser, page)).href);
}
export const acts = (): Promise<unknown[]> => ownActs(door);
