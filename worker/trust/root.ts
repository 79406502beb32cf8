/**
 * What the configuration requires of an issuer's tokens beyond their signature, and which claims have the identities.
 * Pure.
 */
import type { Issuer } from "../config.ts";

const utf8 = new TextEncoder();

type Claims = Readonly<Record<string, unknown>>;

/** The claim of a root that does not match its issuer's entry, or undefined if all do. */
export function brokenRequirement({ require, trust_domain: domain }: Issuer, claims: Claims): string | undefined {
  const broken = Object.entries(require).find(([name, accepted]) => !hasValue(claims[name], [accepted].flat()));
  if (broken !== undefined) return broken[0];
  return domain === undefined || isSpiffeId(claims["sub"], domain) ? undefined : "sub";
}

/** A list must contain one of the values. */
function hasValue(claim: unknown, accepted: readonly string[]): boolean {
  // A claim that is absent has no value, not the text "undefined".
  const isText = (value: unknown): boolean => ["string", "number", "boolean"].includes(typeof value);
  const values = [claim].flat().map((value) => (isText(value) ? String(value) : undefined));
  return values.some((value) => value !== undefined && accepted.some((pattern) => fits(value, pattern)));
}

function fits(value: string, pattern: string): boolean {
  return pattern.endsWith("*") ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}

/** A workload's SPIFFE ID (SPIFFE ID, section 2): lower-case trust domain, plain path segments, nothing else. */
export function isSpiffeId(value: unknown, domain: string): boolean {
  if (typeof value !== "string" || value.length > 2048) return false;
  const prefix = `spiffe://${domain}/`;
  if (!value.startsWith(prefix)) return false;
  const segments = value.slice(prefix.length).split("/");
  return segments.every((segment) => /^[A-Za-z0-9._-]+$/.test(segment) && segment !== "." && segment !== "..");
}

/** A claim by its name in the issuer's entry; undefined if it is not plain text. */
export function mappedClaim(
  issuer: Issuer | undefined,
  role: keyof Issuer["claims"],
  claims: Claims,
): string | undefined {
  const name = issuer?.claims[role];
  const value = name === undefined ? undefined : claims[name];
  return isPlainText(value) ? value : undefined;
}

/** Whether a value is safe in headers and logs: 1 to 1,024 bytes of text without control characters (docs/chain.md). */
export function isPlainText(value: unknown): value is string {
  return typeof value === "string" && /^[^\p{Cc}]+$/u.test(value) && utf8.encode(value).length <= 1024;
}
