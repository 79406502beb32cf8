/** The gateway's own keys for each purpose, made once in an isolate when they are first needed. */
import { createHandles, type Handles } from "../mcp/handle.ts";
import { type Cipher, createCipher } from "../trust/cipher.ts";
import { deriveKey } from "../trust/derived-key.ts";
import { createFederation, type Federation } from "../trust/federation.ts";
import { createSigner, type PrivateKeys, privatePart, type Signer } from "../trust/signing.ts";
import { config, federationKeys, signingKeys, vaultKeys } from "./isolate.ts";

let signer: Promise<Signer> | undefined;
let handles: Promise<Handles> | undefined;
let linkKey: Promise<CryptoKey> | undefined;
let signInKey: Promise<CryptoKey> | undefined;
let federation: Promise<Federation> | undefined;
let cipher: Promise<Cipher> | undefined;

export async function federationNow(): Promise<Federation | undefined> {
  if (federationKeys !== undefined) federation ??= createFederation(federationKeys, config.gateway.origins[0]);
  return federation;
}

/** The keys that encrypt people's accounts at vendors; undefined without their secret. */
export function vaultCipher(): Promise<Cipher> | undefined {
  if (vaultKeys !== undefined) cipher ??= createCipher(vaultKeys);
  return cipher;
}

export async function signerNow(): Promise<Signer | undefined> {
  if (signingKeys !== undefined) signer ??= createSigner(signingKeys);
  return signer;
}

/** For every published key, so that what was given out under the previous one stays valid. */
export async function handlesNow(): Promise<Handles | undefined> {
  const [first, ...rest] = signingKeys?.keys ?? [];
  if (first === undefined) return undefined;
  const keyOf = ({ d }: { readonly d: string }): Promise<CryptoKey> => deriveKey(d, "mcp handles");
  handles ??= Promise.all([keyOf(first), ...rest.map(keyOf)]).then((keys) => createHandles(keys as [CryptoKey]));
  return handles;
}

export async function signInKeyNow(): Promise<CryptoKey | undefined> {
  if (signingKeys !== undefined) signInKey ??= deriveKey(privatePart(signingKeys), "console sign-in");
  return signInKey;
}

/** Signs the addresses at which people connect accounts. */
export function linkKeyOf(keys: PrivateKeys): Promise<CryptoKey> {
  linkKey ??= deriveKey(privatePart(keys), "connect link");
  return linkKey;
}
