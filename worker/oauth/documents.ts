/**
 * Clients by metadata document: the id is the https address of a document that describes the client
 * (draft-ietf-oauth-client-id-metadata-document). Documents are fetched only from hosts that the configuration lists,
 * within bounds.
 */
import * as v from "valibot";
import { documentUrl, fetchDocument, isHost, LEAST_SECONDS, lifeOf } from "../chain/names/document.ts";
import { createMemory } from "../chain/names/memory.ts";
import { hasPublicName } from "../chain/names/public-name.ts";
import { withinTime } from "../content.ts";
import { type Client, unregistered } from "./clients.ts";
import { keysUrl, PublicKeys, readKeys } from "./document-keys.ts";
import { Crowded, createPlaces } from "./document-places.ts";
import { DocumentRefused } from "./document-refused.ts";
import { WebRedirect } from "./redirect-uri.ts";

/** Section 6.6 of the draft recommends 5 kB. The time is for document and keys together. */
const LIMITS = { bytes: 5_120, milliseconds: 3_000 };
/** Milliseconds for which a failure to fetch a document is cached. */
const PAUSE_MS = 5_000;
const MOST_KEPT = 500;

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(128), v.regex(/^[^\p{Cc}\p{Cf}]*$/u));

/** The fields of a document that are used. Shared secrets are refused, because everyone can read them (section 4.1). */
const ClientDocument = v.pipe(
  v.looseObject({
    client_id: v.string(),
    client_name: name,
    redirect_uris: v.pipe(v.array(WebRedirect), v.minLength(1), v.maxLength(16)),
    token_endpoint_auth_method: v.optional(v.picklist(["none", "private_key_jwt"]), "none"),
    jwks: v.optional(PublicKeys),
    jwks_uri: v.optional(v.string()),
  }),
  v.check((document) => !("client_secret" in document), "contains a secret"),
  v.check(({ jwks, jwks_uri: uri }) => jwks === undefined || uri === undefined, "has both jwks and jwks_uri"),
  v.check(
    ({ token_endpoint_auth_method: method, jwks, jwks_uri: uri }) => method === "none" || (jwks ?? uri) !== undefined,
    "needs jwks or jwks_uri for private_key_jwt",
  ),
);

export interface DocumentEdges {
  fetch(request: Request): Promise<Response>;
  waitUntil(work: Promise<unknown>): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

/**
 * @param hosts of the configuration: `[oauth.sign_in] client_hosts`; `*` is every host with a public name
 * @returns a function that finds the client at an address, or undefined if the id is not an address that may be
 * fetched. It throws DocumentRefused, or Error if the document cannot be fetched now
 */
export function createDocuments(hosts: readonly string[]) {
  const kept = createMemory<Promise<Client>>(MOST_KEPT);
  const takePlace = createPlaces();

  async function load(url: URL, edges: DocumentEdges): Promise<Loaded> {
    const place = takePlace(url);
    const end = new AbortController();
    const fetcher = (request: Request): Promise<Response> =>
      edges.fetch(new Request(request, { signal: AbortSignal.any([request.signal, end.signal]) }));
    try {
      return await Promise.race([withinTime(LIMITS.milliseconds, () => fetchClient(url, fetcher)), place.lost]);
    } finally {
      end.abort();
      place.leave();
    }
  }

  return async function find(clientId: string, edges: DocumentEdges): Promise<Client | undefined> {
    const url = documentUrl(clientId);
    if (url === undefined || url.pathname === "/" || !hosts.some((host) => isTaken(url, host))) return undefined;
    const known = kept.get(clientId, edges.now());
    if (known !== undefined) return known;
    const loading = load(url, edges);
    const client = loading.then((loaded) => loaded.client);
    // Concurrent requests wait for the same answer, even if the first has left.
    kept.set(clientId, client, edges.now() + LEAST_SECONDS * 1000);
    edges.waitUntil(
      loading.then(
        ({ seconds }) => kept.set(clientId, client, edges.now() + seconds * 1000),
        (cause: unknown) => kept.set(clientId, client, edges.now() + (cause instanceof Crowded ? 0 : PAUSE_MS)),
      ),
    );
    return client;
  };
}

interface Loaded {
  readonly client: Client;
  /** Seconds for which it may be cached. */
  readonly seconds: number;
}

async function fetchClient(url: URL, fetcher: DocumentEdges["fetch"]): Promise<Loaded> {
  const document = await fetchDocument(url.href, fetcher, LIMITS);
  if (document === undefined) throw new DocumentRefused("there is no JSON document at the client's address");
  const { client, keysAt } = readDocument(document.json, url);
  if (keysAt === undefined) return { client, seconds: lifeOf(document) };
  const keys = await fetchDocument(keysAt.href, fetcher, LIMITS);
  const seconds = Math.min(lifeOf(document), keys === undefined ? LEAST_SECONDS : lifeOf(keys));
  return { client: { ...client, keys: readKeys(keys) }, seconds };
}

function isTaken(url: URL, host: string): boolean {
  return host === "*" ? hasPublicName(url) : isHost(url, host);
}

/**
 * @returns the client, and the address of its keys
 * @throws DocumentRefused
 */
function readDocument(json: unknown, url: URL): { readonly client: Client; readonly keysAt: URL | undefined } {
  const result = v.safeParse(ClientDocument, json);
  if (!result.success) {
    const [issue] = result.issues;
    throw new DocumentRefused(`the client's document: ${v.getDotPath(issue) ?? "it"}: ${issue.message}`);
  }
  const { client_id: id, client_name, redirect_uris, token_endpoint_auth_method: method } = result.output;
  const { jwks, jwks_uri: uri } = result.output;
  // Compared exactly: nothing is normalized (section 3).
  if (id !== url.href) throw new DocumentRefused("the client's document: client_id: is not its address");
  const client: Client = {
    kind: "document",
    client_id: id,
    client_name,
    actor: id,
    auth_method: method,
    ...(jwks !== undefined && { keys: jwks.keys }),
    ...unregistered(redirect_uris),
    owner: url.host,
    purpose: client_name,
  };
  return { client, keysAt: uri === undefined || method === "none" ? undefined : keysUrl(uri, url) };
}
