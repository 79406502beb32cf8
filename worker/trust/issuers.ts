/**
 * The issuers that may sign hop 0, with their current keys (key-set.ts), encoded for the core whenever one of them
 * changes.
 */
import type { JWK } from "jose";
import { encodeTrust, type TrustAnchors } from "../../wasm/trust.ts";
import type { Issuer } from "../config.ts";
import { fetchKeys, isRemote, readKeys, type TrustedKey } from "./jwks.ts";
import { createKeySet, fixedKeys, type KeyEdges, type KeySet, type LookedFor } from "./key-set.ts";

/** Encoded anchors, and the keys that their numbers refer to: by issuer, then by key. */
export interface AnchorSet extends TrustAnchors {
  readonly keys: readonly (readonly JWK[])[];
}

export interface Trust {
  /** The anchors that this isolate accepts now; key sets that are due are refreshed in the background. */
  anchors(): AnchorSet;
  /** Fetches an issuer's keys because a token names an unknown one. */
  lookFor(issuer: number): Promise<LookedFor>;
  /** Why the last attempt to fetch an issuer's keys failed, as the cause of an "unavailable" error. */
  lastFailure(issuer: number): unknown;
  /** Each issuer with the keys that this isolate accepts now. */
  standing(): { readonly issuer: string; readonly keys: number; readonly fetched: number | undefined }[];
}

export type TrustEdges = KeyEdges;

interface IssuerState {
  readonly issuer: Issuer;
  readonly set: KeySet;
  /** The keys of the set that `trusted` was read from. */
  read: readonly JWK[];
  trusted: readonly TrustedKey[];
}

function jwksKey(issuer: string): string {
  return `jwks:${issuer}`;
}

export function createTrust(issuers: readonly Issuer[]): (edges: TrustEdges) => Trust {
  const states = issuers.map(initialState);
  let encoded: AnchorSet | undefined;

  function encode(): AnchorSet {
    encoded ??= {
      ...encodeTrust(
        states.map(({ issuer, trusted }) => ({
          issuer: issuer.issuer,
          trustDomain: issuer.trust_domain,
          types: issuer.types,
          scope: issuer.scope.join(" "),
          keys: trusted,
        })),
      ),
      keys: states.map(({ trusted }) => trusted.map(({ jwk }) => jwk)),
    };
    return encoded;
  }

  return (edges) => ({
    anchors() {
      for (const state of states) {
        const keys = state.set.current(edges);
        if (keys === state.read) continue;
        state.read = keys;
        state.trusted = readKeys(keys);
        encoded = undefined;
      }
      return encode();
    },
    lookFor: (index) => (states[index] as IssuerState).set.lookFor(edges),
    lastFailure: (index) => states[index]?.set.lastFailure(),
    standing: () =>
      states.map(({ issuer, set }) => ({
        issuer: issuer.issuer,
        keys: readKeys(set.current(edges)).length,
        fetched: set.fetched(),
      })),
  });
}

function initialState(issuer: Issuer): IssuerState {
  return { issuer, set: keySetOf(issuer), read: [], trusted: [] };
}

function keySetOf(issuer: Issuer): KeySet {
  if (!isRemote(issuer)) return fixedKeys(issuer.keys as JWK[]);
  const { issuer: publisher, refresh, max_stale } = issuer;
  const entry = jwksKey(publisher);
  return createKeySet({ publisher, entry, refresh, max_stale, fetchKeys: (fetcher) => fetchKeys(issuer, fetcher) });
}
