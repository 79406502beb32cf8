/**
 * Who may sign hop 0: the issuers of the configuration with the keys that they have now. Keys given by address are
 * kept in this isolate and in KV, refreshed in the background, and kept on while the issuer cannot be reached.
 */
import type { JWK } from "jose";
import { encodeTrust, type TrustAnchors } from "../../wasm/trust.ts";
import type { Issuer } from "../config.ts";
import type { KeyValueStore } from "../types.ts";
import { fetchKeys, isRemote, readKeys, type TrustedKey } from "./jwks.ts";

/** Encoded anchors with the keys that their numbers stand for: by issuer, then by key. */
export interface AnchorSet extends TrustAnchors {
  readonly keys: readonly (readonly JWK[])[];
}

export interface Trust {
  /** The anchors that this isolate has; key sets that are due are refreshed behind the request. */
  anchors(): AnchorSet;
  /**
   * Looks for more keys of an issuer because a token named one that is unknown: first what KV has, then what the
   * issuer says, once for all who wait and at most once in `REFETCH_PAUSE_MS`, so that invented kids cannot turn the
   * gateway against the issuer. "unavailable": there are no keys, and none can be had.
   */
  lookFor(issuer: number): Promise<"changed" | "unchanged" | "unavailable">;
  /** Why the last try to fetch an issuer's keys failed: the cause of what "unavailable" leads to. */
  lastFailure(issuer: number): unknown;
}

export interface TrustEdges {
  readonly kv: KeyValueStore;
  fetch(request: Request): Promise<Response>;
  /** Milliseconds since the epoch. */
  now(): number;
  waitUntil(work: Promise<unknown>): void;
}

/** A key set as KV and the isolate keep it. */
interface KeySet {
  readonly keys: readonly JWK[];
  /** Milliseconds since the epoch. */
  readonly fetched: number;
  /** Seconds, where whoever publishes the keys says so. */
  readonly refresh?: number;
}

interface IssuerState {
  readonly issuer: Issuer;
  trusted: readonly TrustedKey[];
  /** When the keys were fetched; 0 while there are none. Infinity for keys of the configuration. */
  fetched: number;
  refresh: number;
  lastTry: number;
  fetching: Promise<boolean> | undefined;
  failure: unknown;
}

const REFETCH_PAUSE_MS = 10_000;

export function jwksKey(issuer: string): string {
  return `jwks:${issuer}`;
}

export function createTrust(issuers: readonly Issuer[]): (edges: TrustEdges) => Trust {
  const states = issuers.map(initialState);
  let encoded: AnchorSet | undefined;

  function adopt(state: IssuerState, { keys, fetched, refresh }: KeySet): void {
    state.trusted = readKeys(keys);
    state.fetched = fetched;
    state.refresh = refresh ?? state.issuer.refresh;
    encoded = undefined;
  }

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

  /** One fetch at a time an issuer. False where it failed; the keys there are stay. */
  function fetchNow(state: IssuerState, edges: TrustEdges): Promise<boolean> {
    state.lastTry = edges.now();
    state.fetching ??= fetchKeys(state.issuer, edges.fetch)
      .then(async (fetched) => {
        const set = { ...fetched, fetched: edges.now() };
        adopt(state, set);
        await edges.kv.put(jwksKey(state.issuer.issuer), JSON.stringify(set)).catch(() => undefined);
        return true;
      })
      .catch((error: unknown) => {
        state.failure = error;
        console.warn(JSON.stringify({ event: "jwks_unavailable", issuer: state.issuer.issuer, error: String(error) }));
        return false;
      })
      .finally(() => {
        state.fetching = undefined;
      });
    return state.fetching;
  }

  return (edges) => ({
    anchors() {
      for (const state of states) {
        const due = edges.now() - state.fetched >= state.refresh * 1000;
        if (isRemote(state.issuer) && state.fetched > 0 && due && rested(state, edges)) {
          edges.waitUntil(fetchNow(state, edges));
        }
      }
      return encode();
    },

    async lookFor(index) {
      const state = states[index] as IssuerState;
      if (!isRemote(state.issuer)) return "unchanged";
      if (state.fetched === 0) {
        const kept = await edges.kv.get(jwksKey(state.issuer.issuer)).catch(() => null);
        if (kept !== null && state.fetched === 0) {
          adopt(state, JSON.parse(kept) as KeySet);
          return "changed";
        }
      }
      if ((state.fetching || rested(state, edges)) && (await fetchNow(state, edges))) return "changed";
      return state.fetched > 0 ? "unchanged" : "unavailable";
    },

    lastFailure: (index) => states[index]?.failure,
  });
}

function rested(state: IssuerState, edges: TrustEdges): boolean {
  return edges.now() - state.lastTry >= REFETCH_PAUSE_MS;
}

function initialState(issuer: Issuer): IssuerState {
  const inline = issuer.keys !== undefined;
  return {
    issuer,
    trusted: inline ? readKeys(issuer.keys as JWK[]) : [],
    fetched: inline ? Number.POSITIVE_INFINITY : 0,
    refresh: issuer.refresh,
    lastTry: Number.NEGATIVE_INFINITY,
    fetching: undefined,
    failure: undefined,
  };
}
