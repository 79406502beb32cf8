/** Headers of pages: nothing from elsewhere, nothing inline, in no frame, kept by no cache. */
import type { Context, MiddlewareHandler } from "hono";
import { csrf } from "hono/csrf";
import { secureHeaders } from "hono/secure-headers";
import { type Origins, originOf } from "../http/origins.ts";

const SELF = ["'self'"];

/** @param forms where forms may lead beside the gateway itself, also by a redirect of its answer */
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

/** What is not said to be kept is not. */
export const keptByNobody: MiddlewareHandler = async (c, next) => {
  await next();
  if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-store");
};

/** Forms come from the gateway's own pages. A proxy in front may have ended TLS: the address that browsers know is the configuration's. */
export function ownForms(originsOf: (c: Context) => Origins): MiddlewareHandler {
  return csrf({ origin: (origin, c) => origin === ownOrigin(c, originsOf(c)) });
}

/** The one of the gateway's origins that a request was sent to: what pages, cookies and the identity provider are told. */
export function ownOrigin(c: Context, origins: Origins): string {
  return originOf(new URL(c.req.url), origins) ?? origins[0];
}
