/** The request as the upstream gets it: with the narrowed token and provenance, or with the gateway's own credential. */
import { forwardedHeaders } from "../http/headers.ts";
import type { TraceContext } from "../presentation.ts";
import { traceparent } from "../trace.ts";
import type { Minted } from "../types.ts";
import { withCredential } from "../vendor/credential.ts";
import type { Credentialed } from "../vendor/placed.ts";
import type { Gateway } from "./gateway.ts";
import { provenanceHeaders, signProvenance } from "./provenance.ts";
import { setSpokenHeaders } from "./speak.ts";

export type Outbound = Pick<
  Gateway,
  "fetch" | "signer" | "secretOf" | "vendorTokens" | "awsCredentials" | "federation" | "grantsOf" | "connectUri" | "now"
>;

/** @throws HopError `credential_unavailable`, `account_unconnected`, `subject_foreign` */
export async function outboundRequest(minted: Minted, upstream: string, gateway: Outbound): Promise<Credentialed> {
  const { presentation } = minted.decision.chain;
  const { request, route, url, trace, content, digest, envelope, websocket } = presentation;
  const { credential } = route;
  const target = (upstream.endsWith("/") ? upstream.slice(0, -1) : upstream) + url.pathname + url.search;
  const headers = forwardedHeaders(request.headers, route);
  if (route.tools !== undefined) setSpokenHeaders(headers, presentation);
  if (websocket) headers.set("upgrade", "websocket");
  addTrace(headers, trace);
  // Headers about the payload, replaced by what was verified.
  const verified = envelope?.digest ?? digest;
  if (verified !== undefined) headers.set("content-digest", verified);
  if (credential === undefined) addProvenance(headers, minted);

  const { method } = request;
  const body = request.body === null ? null : (content ?? request.body);
  const outbound = new Request(target, { method, headers, body, redirect: "manual" });
  // A vendor does not learn who asks: tokens and names stay inside the company.
  if (credential !== undefined) return withCredential({ request: outbound, content, minted }, credential, gateway);
  const { signer, now } = gateway;
  if (!route.sign || signer === undefined) return { request: outbound, secrets: [] };
  const signed = await signProvenance(outbound, minted, signer, Math.floor(now() / 1000));
  return { request: new Request(outbound, { headers: signed }), secrets: [] };
}

/** The caller's trace, continued. */
function addTrace(headers: Headers, trace: TraceContext): void {
  headers.set("traceparent", traceparent(trace));
  if (trace.state !== undefined) headers.set("tracestate", trace.state);
}

/**
 * The headers that a proxy sets on the request before it forwards it, replacing the caller's headers of these names.
 */
export function handedHeaders(minted: Minted): Headers {
  const headers = new Headers();
  addProvenance(headers, minted);
  addTrace(headers, minted.decision.chain.presentation.trace);
  return headers;
}

function addProvenance(headers: Headers, minted: Minted): void {
  headers.set("authorization", `Bearer ${minted.token}`);
  if (minted.txnToken !== undefined) headers.set("txn-token", minted.txnToken);
  for (const [name, value] of provenanceHeaders(minted)) headers.set(name, value);
}
