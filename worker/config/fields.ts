/** Types of fields that several parts of the configuration use. */
import * as v from "valibot";
import { isOwnSecret } from "./own-secrets.ts";

/** What docs/reference/configuration.md says about a value in addition to its type. */
export type FieldMetadata = {
  /** Instead of "text". */
  readonly form?: string;
  readonly unit?: "seconds" | "bytes";
};
const form = (form: string) => v.metadata<string, FieldMetadata>({ form });
const unit = (unit: "seconds" | "bytes") => v.metadata<number, FieldMetadata>({ unit });

export const seconds = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most), unit("seconds"));
export const bytes = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most), unit("bytes"));
export const name = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "must be a short name"),
  form("short name"),
);
export const identifier = v.pipe(v.string(), v.url("must be a URI"), v.maxLength(1024), form("URI"));
export const scopeToken = v.pipe(
  v.string(),
  form("scope"),
  v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "must be a scope token (RFC 6749, 3.3)"),
);
export const unique =
  <T>(of: (item: T) => string) =>
  (items: T[]) =>
    new Set(items.map(of)).size === items.length;

/** Addresses that the gateway fetches: https, or http if nothing leaves the machine. */
export const address = v.pipe(
  v.string(),
  form("URL"),
  v.check((url) => URL.canParse(url), "must be a URL"),
  v.check((url) => !URL.canParse(url) || isProtected(new URL(url)), "must be https (http only on the loopback)"),
);

/** The path of a request is appended to such an address, and `fetch` refuses credentials in it. */
function isBare(url: string): boolean {
  const { username, password } = URL.canParse(url) ? new URL(url) : { username: "", password: "" };
  return !/[?#]/.test(url) && username + password === "";
}

/** Address of an upstream, which a route may reach over plain http (`allow_http`). */
export const httpAddress = v.pipe(
  v.string(),
  form("URL"),
  v.check((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol), "must be a URL"),
  v.check(isBare, "must have no query, fragment or credentials"),
);

/** Origin of a page that may call: scheme, host and port, as browsers send them. */
export const webOrigin = v.pipe(
  v.string(),
  form("origin"),
  v.check(
    (text) => text === "*" || (URL.canParse(text) && new URL(text).origin === text && isProtected(new URL(text))),
    "must be * or an origin such as https://app.example.com",
  ),
);

export function isProtected({ protocol, hostname }: URL): boolean {
  const loopback = hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
  return protocol === "https:" || (protocol === "http:" && loopback);
}

/** `https://api.example.com`, `https://*.example.com`, or http on the loopback; nothing after the port. */
export const origin = v.pipe(
  v.string(),
  form("origin"),
  v.regex(/^https?:\/\/(\*\.)?[a-z0-9.:[\]-]+$/, "must be an origin in lower case, such as https://api.example.com"),
  v.check((text) => URL.canParse(text) && new URL(text).origin === text, "must be an origin without default port"),
  v.check((text) => !URL.canParse(text) || isProtected(new URL(text)), "must be https (http only on the loopback)"),
);

/** A time of TOML or ISO 8601; in milliseconds since the epoch. */
export const time = v.pipe(
  v.union([v.date(), v.string()]),
  v.transform((text) => new Date(text).getTime()),
  v.check((milliseconds) => Number.isFinite(milliseconds), "must be an ISO 8601 time"),
);

/** Name of a secret of the Worker. */
export const secretName = v.pipe(
  v.string(),
  v.regex(/^[A-Z][A-Z0-9_]{0,63}$/, "must be the name of a secret, such as CRM_KEY"),
);

/**
 * Name of a secret that is shared with someone else, so never one of the gateway's own: with those, others could act as
 * the gateway.
 */
export const sharedSecretName = v.pipe(
  secretName,
  v.check((name) => !isOwnSecret(name), "is a secret of the gateway itself"),
);

/** Types of values that policies can use, by their names in Cedar; with `?` a value may be absent. */
export const ARGUMENT_TYPES = ["string", "long", "bool", "decimal", "string?", "long?", "bool?", "decimal?"] as const;
