/** `[names]`: how long a proven key of a name is remembered, and which hosts may publish keys of their own names. */
import * as v from "valibot";
import { seconds } from "./fields.ts";

/** A host, with its port if that is not 443, or `*.` and a domain: all names below it, not the domain itself. */
export const host = v.pipe(
  v.string(),
  v.regex(
    /^(?:\*\.)?(?:[a-z0-9-]{1,63}\.){0,10}[a-z0-9-]{1,63}(?::\d{1,5})?$/,
    "must be a host in lower case, or `*.` and a domain",
  ),
  v.check((value) => !/^\*\.[^.]*$/.test(value), "must name more than a top-level domain"),
);

export const Names = v.strictObject({
  /** Seconds for which a proven pair of name and key is remembered. */
  refresh: v.optional(seconds(1, 300), 30),
  /** Hosts whose OAuth Client ID Metadata Documents prove keys of the names below them. */
  published_hosts: v.optional(v.array(host), []),
});
