/**
 * Clients by metadata document: the id is the https address of a document that describes the client
 * (draft-ietf-oauth-client-id-metadata-document). Only hosts that the configuration lists are asked, within bounds.
 */
import * as v from "valibot";
import { documentUrl, fetchDocument, isHost, LEAST_SECONDS, lifeOf } from "../chain/names/document.ts";
import { createMemory } from "../chain/names/memory.ts";
import { type Client, PublicKey, unregistered } from "./clients.ts";
import { WebRedirect } from "./redirect-uri.ts";

/** Section 6.6 of the draft recommends 5 kB. */
const LIMITS = { bytes: 5_120, milliseconds: 3_000 };
/** Milliseconds in which nobody asks again for a document that could not be had: the failure itself is not kept for longer. */
const PAUSE_MS = 5_000;
const MOST_KEPT = 500;
/** So many documents of one host are fetched at the same time, and no more. */
const MOST_AT_ONCE = 8;

const name = v.pipe(v.string(), v.minLength(1), v.maxLength(128), v.regex(/^[^\p{Cc}\p{Cf}]*$/u));

/** What counts of a document. Shared secrets are none where everybody can read them (section 4.1). */
const ClientDocument = v.pipe(
  v.looseObject({
    client_id: v.string(),
    client_name: name,
    redirect_uris: v.pipe(v.array(WebRedirect), v.minLength(1), v.maxLength(16)),
    token_endpoint_auth_method: v.optional(v.picklist(["none", "private_key_jwt"]), "none"),
    jwks: v.optional(v.object({ keys: v.pipe(v.array(PublicKey), v.minLength(1), v.maxLength(16)) })),
  }),
  v.check((document) => !("client_secret" in document), "holds a secret"),
  v.check(
    ({ token_endpoint_auth_method: method, jwks }) => method === "none" || jwks !== undefined,
    "needs jwks for private_key_jwt",
  ),
);

export interface DocumentEdges {
  fetch(request: Request): Promise<Response>;
  waitUntil(work: Promise<unknown>): void;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** The document is there and is none: what is wrong is its owner's to mend. */
export class DocumentRefused extends Error {
  override readonly name = "DocumentRefused";
}

/**
 * @param hosts of the configuration: `[oauth.sign_in] client_hosts`
 * @returns what finds the client at an address, or undefined where the id is no address that may be asked. It throws
 * DocumentRefused, or Error where the document cannot be had now
 */
export function createDocuments(hosts: readonly string[]) {
  const kept = createMemory<Promise<Client>>(MOST_KEPT);
  const underWay = new Map<string, number>();

  async function load(url: URL, edges: DocumentEdges): Promise<{ client: Client; seconds: number }> {
    const atOnce = underWay.get(url.host) ?? 0;
    if (atOnce >= MOST_AT_ONCE) throw new Error(`${url.host} has ${atOnce} documents to send already`);
    underWay.set(url.host, atOnce + 1);
    try {
      const document = await fetchDocument(url.href, edges.fetch, LIMITS);
      if (document === undefined) throw new DocumentRefused("there is no JSON document at the address of the client");
      return { client: readDocument(document.json, url), seconds: lifeOf(document) };
    } finally {
      const left = (underWay.get(url.host) as number) - 1;
      if (left > 0) underWay.set(url.host, left);
      else underWay.delete(url.host);
    }
  }

  return async function find(clientId: string, edges: DocumentEdges): Promise<Client | undefined> {
    const url = documentUrl(clientId);
    if (url === undefined || url.pathname === "/" || !hosts.some((host) => isHost(url, host))) return undefined;
    const known = kept.get(clientId, edges.now());
    if (known !== undefined) return known;
    const loading = load(url, edges);
    const client = loading.then((loaded) => loaded.client);
    // Whoever asks meanwhile waits for the same answer, also when the first has gone.
    kept.set(clientId, client, edges.now() + LEAST_SECONDS * 1000);
    edges.waitUntil(
      loading.then(
        ({ seconds }) => kept.set(clientId, client, edges.now() + seconds * 1000),
        () => kept.set(clientId, client, edges.now() + PAUSE_MS),
      ),
    );
    return client;
  };
}

/** @throws DocumentRefused */
function readDocument(json: unknown, url: URL): Client {
  const result = v.safeParse(ClientDocument, json);
  if (!result.success) {
    const [issue] = result.issues;
    throw new DocumentRefused(`the client's document: ${v.getDotPath(issue) ?? "it"}: ${issue.message}`);
  }
  const { client_id: id, client_name, redirect_uris, token_endpoint_auth_method: method, jwks } = result.output;
  // To the character: nothing is normalized (section 3).
  if (id !== url.href) throw new DocumentRefused("the client's document: client_id: is another than its address");
  return {
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
}
