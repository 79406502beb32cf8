/**
 * The link in a denial at which a person connects an account. It works only for the subject of the denied request, and
 * not for anyone else who opens it (MCP 2025-11-25, Elicitation, "Phishing").
 */

import { base64url } from "jose";
import type { Party } from "../chain/party.ts";
import { seal, unseal } from "../trust/derived-key.ts";

/** Path of the page at which a vendor's account is connected. */
export function connectPath(vendor: string): string {
  return `/me/connect/${vendor}`;
}

/** @param origin of the gateway @param key an HMAC key of the gateway for this use only */
export async function connectUri(origin: string, vendor: string, subject: Party, key: CryptoKey): Promise<string> {
  const sealed = await seal(aboutOf(vendor, subject), key);
  // Only the tag, so that the link does not name the person.
  return `${origin}${connectPath(vendor)}?for=${sealed.slice(sealed.indexOf(".") + 1)}`;
}

/** Whether a link was made for a person. @param tag its parameter `for` */
export async function isFor(tag: string, vendor: string, person: Party, key: CryptoKey): Promise<boolean> {
  return (await unseal(`${aboutOf(vendor, person)}.${tag}`, key)) !== undefined;
}

function aboutOf(vendor: string, { iss, sub }: Party): string {
  return base64url.encode(JSON.stringify([vendor, iss, sub]));
}
