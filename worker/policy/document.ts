/** Published sets in KV, each under its own hash: written once, and checked by every reader. */
import { toBase64url } from "../../wasm/core.ts";
import { executables } from "./evaluate.ts";
import { isSupported } from "./expression.ts";
import { type CompiledDocument, FORMAT_VERSION, MAX_DOCUMENT_BYTES, parseDocument } from "./format.ts";
import { UnsupportedExpression } from "./operator.ts";
import { PolicyRefused } from "./refused.ts";

type Sha256 = (bytes: Uint8Array) => Uint8Array;

export function policySetKey(hash: string): string {
  return `policy:set:${hash}`;
}
/** The source of a set, for people; no request needs it. */
export function policySourceKey(hash: string): string {
  return `policy:source:${hash}`;
}

/** base64url(SHA-256): the name of everything that is published. */
export function hashOf(bytes: Uint8Array, sha256: Sha256): string {
  return toBase64url(sha256(bytes));
}

/**
 * Reads a published document.
 *
 * @throws PolicyRefused if it does not match its hash, is too large, has another version, or contains something that
 * this version cannot evaluate, with its name
 */
export function readDocument(bytes: Uint8Array, hash: string, sha256: Sha256): CompiledDocument {
  if (bytes.length > MAX_DOCUMENT_BYTES) {
    throw new PolicyRefused(`the set has ${bytes.length} bytes; at most ${MAX_DOCUMENT_BYTES} are accepted`);
  }
  if (hashOf(bytes, sha256) !== hash) throw new PolicyRefused(`the set ${hash} does not have its hash`);
  const document = ofItsAuthor(hash, () => parseDocument(new TextDecoder().decode(bytes)));
  const { version, operators } = document.policies;
  if (version !== FORMAT_VERSION) {
    throw new PolicyRefused(
      `the set ${hash} has the format ${String(version)}, and this gateway reads ${FORMAT_VERSION}`,
    );
  }
  const unknown = operators.filter((operator) => !isSupported(operator));
  if (unknown.length > 0)
    throw new PolicyRefused(`the set ${hash} uses ${unknown.map((name) => `\`${name}\``).join(", ")}, unknown here`);
  return document;
}

/** As `readDocument`, and builds every policy: once, before a set may be released. */
export function examineDocument(bytes: Uint8Array, hash: string, sha256: Sha256): CompiledDocument {
  const document = readDocument(bytes, hash, sha256);
  ofItsAuthor(hash, () => executables(document.policies));
  return document;
}

/** Reading is pure: whatever fails is the document's own fault. */
function ofItsAuthor<T>(hash: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const what = cause instanceof UnsupportedExpression ? cause.message : "it is not a compiled set";
    throw new PolicyRefused(`the set ${hash} cannot be used: ${what}`, { cause });
  }
}
