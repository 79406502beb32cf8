/** `[authorizer]`: other proxies, which ask whether a request may pass and forward it themselves (docs/authorizer.md). */
import * as v from "valibot";
import { name, sharedSecretName, unique } from "./fields.ts";

const headerName = v.pipe(v.string(), v.toLowerCase(), v.regex(/^[a-z0-9-]{1,64}$/, "must be the name of a header"));

/** The headers in which a proxy describes the original request. */
interface OriginalHeaders {
  readonly method: string;
  readonly host: string;
  readonly uri: string;
}

const X_ORIGINAL: OriginalHeaders = { method: "x-original-method", host: "x-original-host", uri: "x-original-uri" };
const X_FORWARDED: OriginalHeaders = { method: "x-forwarded-method", host: "x-forwarded-host", uri: "x-forwarded-uri" };

/**
 * By kind. Envoy sends the original method and host, and puts `/authorize` in front of the path; AuthZEN has everything
 * in JSON.
 */
const ORIGINAL_OF = {
  nginx: X_ORIGINAL,
  haproxy: X_ORIGINAL,
  caddy: X_FORWARDED,
  traefik: X_FORWARDED,
  envoy: undefined,
  authzen: undefined,
} as const satisfies Record<string, OriginalHeaders | undefined>;

type Kind = keyof typeof ORIGINAL_OF;

const ProxyFields = v.pipe(
  v.strictObject({
    /** Its name in the ledger. */
    name,
    kind: v.picklist(Object.keys(ORIGINAL_OF) as [Kind, ...Kind[]]),
    /** Name of the Worker's secret that it sends as `Hop-Authorizer`. */
    secret: v.optional(sharedSecretName),
    /** SHA-256 of its client certificate, base64url (`x5t#S256`). */
    certificate: v.optional(
      v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/, "must be SHA-256 of a certificate in base64url")),
    ),
    /** Headers that describe the original request, if they differ from those of its kind. */
    method: v.optional(headerName),
    host: v.optional(headerName),
    uri: v.optional(headerName),
    /** Header with its client's address, which policies see as `ip`. */
    address: v.optional(headerName),
  }),
  v.check(
    ({ secret, certificate }) => (secret === undefined) !== (certificate === undefined),
    "needs one of secret and certificate",
  ),
  v.check(
    ({ kind, method, host, uri }) =>
      ORIGINAL_OF[kind] !== undefined || [method, host, uri].every((x) => x === undefined),
    "describes the original request in JSON, not in headers",
  ),
  v.check(({ kind, address }) => kind !== "authzen" || address === undefined, "sends addresses in its context, as ip"),
  v.transform(({ method, host, uri, ...proxy }) => {
    const usual = ORIGINAL_OF[proxy.kind];
    const original = usual && { method: method ?? usual.method, host: host ?? usual.host, uri: uri ?? usual.uri };
    return { ...proxy, original };
  }),
  v.check(
    ({ original, address }) =>
      original === undefined || new Set([original.method, original.host, original.uri, address]).size === 4,
    "uses a header for two things",
  ),
);

export const Authorizer = v.strictObject({
  proxies: v.pipe(
    v.optional(v.array(ProxyFields), []),
    v.check(
      unique(({ name }) => name),
      "uses a name twice",
    ),
    v.check(
      unique(({ secret, certificate }) => `${secret} ${certificate}`),
      "gives two proxies the same secret or certificate",
    ),
  ),
});

/** A proxy that may ask. */
export type AskingProxy = v.InferOutput<typeof ProxyFields>;
