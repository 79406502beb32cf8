/**
 * Handles by which a client goes on with what it began: session ids, ids of the server's tasks, `requestState`. What a server gives
 * out is bound to the party and the task that it was given to, by a keyed digest before it: nothing is kept, and no isolate has to
 * ask another (docs/decisions/0020-mcp-handles.md).
 */
import { base64url } from "jose";
import type { Party } from "../chain/party.ts";

export type HandleKind = "session" | "task" | "state" | "approval";

/** For whom a handle is good. */
export interface Owner {
  readonly route: string;
  readonly subject: Party;
  readonly caller: Party;
  /** The identity of the task. */
  readonly task: string;
}

export interface Handles {
  /** @param of what beside the owner it is good for, such as the call that it continues */
  seal(kind: HandleKind, value: string, owner: Owner, of?: string): Promise<string>;
  /** What was sealed; undefined for a handle that is another's, or nobody's. */
  open(kind: HandleKind, sealed: string, owner: Owner, of?: string): Promise<string | undefined>;
}

/** @param keys HMAC keys for this use alone: the first one seals, any opens, so that handles outlive a change of keys */
export function createHandles(keys: readonly [CryptoKey, ...CryptoKey[]]): Handles {
  return {
    async seal(kind, value, owner, of = "") {
      const tag = await crypto.subtle.sign("HMAC", keys[0], bound(kind, value, owner, of));
      return `${base64url.encode(new Uint8Array(tag))}.${value}`;
    },

    async open(kind, sealed, owner, of = "") {
      const dot = sealed.indexOf(".");
      const tag = decoded(sealed.slice(0, Math.max(dot, 0)));
      if (tag === undefined) return undefined;
      const value = sealed.slice(dot + 1);
      const bytes = bound(kind, value, owner, of);
      for (const key of keys) if (await crypto.subtle.verify("HMAC", key, tag, bytes)) return value;
      return undefined;
    },
  };
}

function bound(kind: HandleKind, value: string, owner: Owner, of: string): Uint8Array<ArrayBuffer> {
  const { route, subject, caller, task } = owner;
  const parts = [kind, route, subject.iss, subject.sub, caller.iss, caller.sub, task, of, value];
  return new TextEncoder().encode(JSON.stringify(parts)) as Uint8Array<ArrayBuffer>;
}

/** Of one spelling: the 32 bytes of a tag in base64url. */
function decoded(tag: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]{43}$/.test(tag)) return undefined;
  const bytes = base64url.decode(tag) as Uint8Array<ArrayBuffer>;
  return base64url.encode(bytes) === tag ? bytes : undefined;
}
