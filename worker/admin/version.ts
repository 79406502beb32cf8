/** The version of a registration, by which a change says what it is meant for (RFC 9110, sections 8.8.3 and 13.1.1). */
import type { Context } from "hono";

export function entityTag(version: number): { readonly etag: string } {
  return { etag: `"${version}"` };
}

/** Undefined where the change is meant for any version. */
export function versionMeant(c: Context): number | undefined {
  const match = c.req.header("if-match");
  return match === undefined ? undefined : Number(/^"(\d+)"$/.exec(match)?.[1] ?? Number.NaN);
}

export function hasChanged(c: Context) {
  const description = "the registration has changed since it was read: read it again (`If-Match`)";
  return c.json({ error: "conflict", error_description: description }, 412);
}
