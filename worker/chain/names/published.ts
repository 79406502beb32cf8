/**
 * Published: an https name at which an OAuth Client ID Metadata Document lists the key
 * (draft-ietf-oauth-client-id-metadata-document). Only hosts that the configuration allows are asked.
 */
import type { JWK } from "jose";
import { isPublic } from "../../config.ts";
import { keysOf } from "../../trust/jwks.ts";
import { documentUrl, fetchDocument, isHost, LEAST_SECONDS, lifeOf } from "./document.ts";
import { createKeyLists, type KeyList, type KeyListEdges } from "./key-lists.ts";
import { listedKeys } from "./listed.ts";

export interface PublishedEdges extends KeyListEdges {
  fetch(request: Request): Promise<Response>;
}

/** A document that cannot be fetched, or does not list a key, is fetched again after this time. */
const PAUSE_MS = 60_000;
/** Chains can name any number of documents, so this many of one host are fetched at the same time at most. */
const MOST_AT_ONCE = 16;

/**
 * @param hosts those of the configuration: `[names] published_hosts`
 * @param most documents that are kept in the isolate
 */
export function createPublished(hosts: readonly string[], most: number) {
  const documents = createKeyLists(most, PAUSE_MS);
  const underWay = new Map<string, number>();

  async function load(url: URL, edges: PublishedEdges): Promise<KeyList> {
    const atOnce = underWay.get(url.host) ?? 0;
    if (atOnce >= MOST_AT_ONCE) throw new Error(`${url.host} has ${atOnce} documents to send already`);
    underWay.set(url.host, atOnce + 1);
    try {
      return await loadKeys(url, edges);
    } finally {
      const left = (underWay.get(url.host) as number) - 1;
      if (left > 0) underWay.set(url.host, left);
      else underWay.delete(url.host);
    }
  }

  /**
   * Until when the document at the name lists the key, in milliseconds since the epoch; undefined if it does not.
   *
   * @throws Error if the host cannot be reached, and no document is kept
   */
  return async function publishedUntil(
    name: string,
    thumbprint: string,
    edges: PublishedEdges,
  ): Promise<number | undefined> {
    const url = documentUrl(name);
    if (url === undefined || !hosts.some((host) => isHost(url, host))) return undefined;
    return documents.until(name, thumbprint, () => load(url, edges), edges);
  };
}

async function loadKeys(url: URL, { fetch, now }: PublishedEdges): Promise<KeyList> {
  const document = await fetchDocument(url.href, fetch);
  const source = document && keySource(document.json, url);
  const set = source instanceof URL ? await fetchDocument(source.href, fetch) : document;
  const jwks = source === undefined || set === undefined ? [] : keysIn(source instanceof URL ? set.json : source);
  const seconds = Math.min(...[document, set].map((each) => (each === undefined ? LEAST_SECONDS : lifeOf(each))));
  const until = now() + seconds * 1000;
  return { keys: await listedKeys(jwks), fetched: now(), current: until, accepted: until };
}

/** A JWK Set, or its address; undefined if the document is for another name, or has neither or both. */
function keySource(json: unknown, url: URL): object | URL | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  const { client_id: id, jwks, jwks_uri: uri } = json as { client_id?: unknown; jwks?: unknown; jwks_uri?: unknown };
  if (id !== url.href || (jwks === undefined) === (uri === undefined)) return undefined;
  if (uri === undefined) return typeof jwks === "object" && jwks !== null ? jwks : undefined;
  const source = typeof uri === "string" && URL.canParse(uri) ? new URL(uri) : undefined;
  return source?.origin === url.origin ? source : undefined;
}

/**
 * The keys of a set. If one of them is private or shared, none counts: section 4.1 of the draft forbids it, and the
 * whole world has read it.
 */
function keysIn(set: unknown): JWK[] {
  try {
    const keys = keysOf(set);
    return keys.every(isPublic) ? keys : [];
  } catch {
    return [];
  }
}
