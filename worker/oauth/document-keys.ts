/** The keys of a client by metadata document that stand at an address of their own (`jwks_uri`; RFC 7591, section 2). */
import * as v from "valibot";
import { documentUrl, type FetchedDocument } from "../chain/names/document.ts";
import { PublicKey } from "./clients.ts";
import { DocumentRefused } from "./document-refused.ts";

export const PublicKeys = v.object({ keys: v.pipe(v.array(PublicKey), v.minLength(1), v.maxLength(16)) });

/**
 * @param document where the client's document is: who answers for its name answers for its keys, at the same origin
 * @throws DocumentRefused
 */
export function keysUrl(text: string, document: URL): URL {
  const url = documentUrl(text);
  if (url?.origin !== document.origin)
    throw new DocumentRefused("the client's document: jwks_uri: is no address at the origin of the document");
  return url;
}

/** @throws DocumentRefused */
export function readKeys(document: FetchedDocument | undefined): v.InferOutput<typeof PublicKeys>["keys"] {
  const result = v.safeParse(PublicKeys, document?.json);
  if (!result.success) throw new DocumentRefused("the client's document: jwks_uri: there are no public keys");
  return result.output.keys;
}
