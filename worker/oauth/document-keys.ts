/** The keys of a client with a metadata document, if they have their own address (`jwks_uri`; RFC 7591, section 2). */
import * as v from "valibot";
import { documentUrl, type FetchedDocument } from "../chain/names/document.ts";
import { PublicKey } from "./clients.ts";
import { DocumentRefused } from "./document-refused.ts";

export const PublicKeys = v.object({ keys: v.pipe(v.array(PublicKey), v.minLength(1), v.maxLength(16)) });

/**
 * @param document address of the client's document; the keys must have the same origin, because it answers for the name
 * @throws DocumentRefused
 */
export function keysUrl(text: string, document: URL): URL {
  const url = documentUrl(text);
  if (url?.origin !== document.origin)
    throw new DocumentRefused("the client's document: jwks_uri: must have the origin of the document");
  return url;
}

/** @throws DocumentRefused */
export function readKeys(document: FetchedDocument | undefined): v.InferOutput<typeof PublicKeys>["keys"] {
  const result = v.safeParse(PublicKeys, document?.json);
  if (!result.success) throw new DocumentRefused("the client's document: jwks_uri: has no public keys");
  return result.output.keys;
}
