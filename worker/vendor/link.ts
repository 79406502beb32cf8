/**
 * The address at which a person connects an account, as a denial names it. It is good for the person that the denied request was
 * for: it connects nothing for anyone else who opens it (MCP 2025-11-25, Elicitation, "Phishing").
 */

import { base64url } from "jose";
import type { Party } from "../chain/party.ts";
import { seal, unseal } from "../trust/derived-key.ts";

/** Path of the page at which a vendor's account is connected. */
export function connectPath(vendor: string): string {
  return `/me/connect/${vendor}`;
}

/** @param origin of the gateway @param key an HMAC key of the gateway for this use alone */
export async function connectUri(origin: string, vendor: string, subject: Party, key: CryptoKey): Promise<string> {
  const sealed = await seal(aboutOf(vendor, subject), key);
  // The tag alone: the address names nobody.
  return `${origin}${connectPath(vendor)}?for=${sealed.slice(sealed.indexOf(".") + 1)}`;
}

/** Whether an address was made for a person. @param tag what it has as `for` */
export async function isFor(tag: string, vendor: string, person: Party, key: CryptoKey): Promise<boolean> {
  return (await unseal(`${aboutOf(vendor, person)}.${tag}`, key)) !== undefined;
}

function aboutOf(vendor: string, { iss, sub }: Party): string {
  return base64url.encode(JSON.stringify([vendor, iss, sub]));
}
