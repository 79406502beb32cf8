/** Headers of pages: no other origins, nothing inline, no framing, no caching. */
import type { Context, MiddlewareHandler } from "hono";
import { csrf } from "hono/csrf";
import { secureHeaders } from "hono/secure-headers";
import { type Origins, originOf } from "../http/origins.ts";

const SELF = ["'self'"];

/** @param forms where forms may lead other than to the gateway itself, also by redirect */
export function pageHeaders(forms: readonly string[] = []): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: SELF,
      scriptSrc: SELF,
      connectSrc: SELF,
      imgSrc: SELF,
      formAction: [...SELF, ...forms],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    referrerPolicy: "no-referrer",
    xFrameOptions: "DENY",
  });
}

/** Without its own `Cache-Control`, an answer is not cached. */
export const keptByNobody: MiddlewareHandler = async (c, next) => {
  await next();
  if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-store");
};

/**
 * Forms must come from the gateway's own pages. A proxy in front may have ended TLS, so the origin that browsers know
 * is the configuration's.
 */
export function ownForms(originsOf: (c: Context) => Origins): MiddlewareHandler {
  return csrf({ origin: (origin, c) => origin === ownOrigin(c, originsOf(c)) });
}

/** The gateway's origin that a request was sent to, for pages, cookies and the identity provider. */
export function ownOrigin(c: Context, origins: Origins): string {
  return originOf(new URL(c.req.url), origins) ?? origins[0];
}
