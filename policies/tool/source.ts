/** The document of a policy set and its source, from which anyone can compile exactly the same document. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { MAX_DOCUMENT_BYTES, writeDocument } from "../../worker/policy/format.ts";
import { compilePolicies } from "./compile.ts";
import type { TemplateLink } from "./statement.ts";
import type { PolicyFiles } from "./test.ts";

/** What is published with a set: not needed for decisions, but for explaining them. */
export interface PolicySource {
  readonly cedarText: string;
  readonly schemaText: string;
  readonly links: readonly TemplateLink[];
}

export interface PolicyDocument {
  /** base64url(SHA-256) of `text`. */
  readonly hash: string;
  /** The bytes in KV, which are hashed. */
  readonly text: string;
  readonly source: string;
  readonly policies: number;
  readonly bytes: number;
  readonly gzipped: number;
}

/** @throws CedarError, UnsupportedExpression, or Error if the set is too large */
export function makeDocument({ cedarText, schemaText, links, entities }: PolicySource & Pick<PolicyFiles, "entities">) {
  const policies = compilePolicies(cedarText, schemaText, links);
  const source = JSON.stringify({ cedarText, schemaText, links } satisfies PolicySource);
  const text = writeDocument({ policies, entities, source: hashText(source) });
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_DOCUMENT_BYTES) {
    throw new Error(`the compiled set has ${bytes} bytes; at most ${MAX_DOCUMENT_BYTES} are accepted`);
  }
  const count = policies.policies === "" ? 0 : policies.policies.split("\n").length;
  return {
    hash: hashText(text),
    text,
    source,
    policies: count,
    bytes,
    gzipped: gzipSync(text).length,
  } satisfies PolicyDocument;
}

/** base64url(SHA-256). */
export function hashText(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
