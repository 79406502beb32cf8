/** The request as the upstream gets it: with the narrowed token and provenance, or with the gateway's own credential. */
import { traceparent } from "../trace.ts";
import type { Minted } from "../types.ts";
import { type Credentialed, withCredential } from "../vendor/credential.ts";
import type { Gateway } from "./gateway.ts";
import { PROVENANCE_HEADERS, provenanceHeaders, signProvenance } from "./provenance.ts";

export type Outbound = Pick<Gateway, "fetch" | "signer" | "secretOf" | "vendorTokens" | "now">;

/** Credentials and provenance that end at the gateway, and what belongs to one connection only (RFC 9110, 7.6.1). */
const DROPPED = [
  ...PROVENANCE_HEADERS,
  "authorization",
  "dpop",
  "txn-token",
  "workload-identity-token",
  "workload-proof-token",
  "hop-approval",
  "hop-break-glass",
  "hop-message",
  "signature",
  "signature-input",
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "host",
  "traceparent",
  "tracestate",
] as const;

/** Of the caller's own session with the vendor, which it does not have. */
const DROPPED_FOR_VENDORS = ["cookie", "origin", "referer"] as const;

/** @throws HopError `credential_unavailable` */
export async function outboundRequest(minted: Minted, upstream: string, gateway: Outbound): Promise<Credentialed> {
  const { request, route, url, trace, content, envelope } = minted.decision.chain.presentation;
  const { credential } = route;
  const target = new URL(upstream.replace(/\/$/, "") + url.pathname + url.search);
  const headers = upstreamHeaders(request.headers, credential === undefined ? [] : DROPPED_FOR_VENDORS);
  headers.set("traceparent", traceparent(trace));
  if (trace.state !== undefined) headers.set("tracestate", trace.state);
  // What was said of the payload, replaced by what was verified of it.
  if (envelope !== undefined) headers.set("content-digest", envelope.digest);
  if (credential === undefined) addProvenance(headers, minted);

  const { method } = request;
  const body = request.body === null ? null : (content ?? request.body);
  const outbound = new Request(target, { method, headers, body, redirect: "manual" });
  // A vendor learns nothing of who asks: tokens and names are the company's own.
  if (credential !== undefined) return withCredential(outbound, credential, content, gateway);
  const { signer, now } = gateway;
  if (!route.sign || signer === undefined) return { request: outbound, secrets: [] };
  const signed = await signProvenance(outbound, signer, Math.floor(now() / 1000));
  return { request: new Request(outbound, { headers: signed }), secrets: [] };
}

function addProvenance(headers: Headers, minted: Minted): void {
  headers.set("authorization", `Bearer ${minted.token}`);
  if (minted.txnToken !== undefined) headers.set("txn-token", minted.txnToken);
  for (const [name, value] of provenanceHeaders(minted)) headers.set(name, value);
}

function upstreamHeaders(inbound: Headers, more: readonly string[]): Headers {
  const headers = new Headers(inbound);
  const named = (headers.get("connection") ?? "").split(",").map((name) => name.trim().toLowerCase());
  const websocket = headers.get("upgrade")?.toLowerCase() === "websocket";
  for (const name of [...DROPPED, ...more, ...named]) {
    if (/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && name !== "upgrade") headers.delete(name);
  }
  if (!websocket) headers.delete("upgrade");
  return headers;
}
