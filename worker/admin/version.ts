/**
 * The version of a registration: a change names the version that it applies to (RFC 9110, sections 8.8.3, 13.1.1 and
 * 13.1.2).
 */
import type { Context } from "hono";
import type { Meant } from "../chain/names/meant.ts";

export function entityTag(version: number): { readonly etag: string } {
  return { etag: `"${version}"` };
}

/**
 * `If-Match` with an entity tag, or `If-None-Match: *`. A tag may be weak: proxies that compress an answer weaken its
 * tag, and the version still names the same registration. Any other condition matches nothing.
 */
export function versionMeant(c: Context): Meant {
  const [match, noneMatch] = [c.req.header("if-match"), c.req.header("if-none-match")];
  if (noneMatch !== undefined) return noneMatch === "*" && match === undefined ? "new" : Number.NaN;
  return match === undefined ? "any" : Number(/^(?:W\/)?"(\d+)"$/.exec(match)?.[1] ?? Number.NaN);
}

export function hasChanged(c: Context) {
  const description =
    versionMeant(c) === "new"
      ? "it is registered already (`If-None-Match`)"
      : "the registration has changed since it was read: read it again (`If-Match`)";
  return c.json({ error: "conflict", error_description: description }, 412);
}
