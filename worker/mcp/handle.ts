/**
 * Handles with which a client continues what it began: session ids, ids of the server's tasks, `requestState`. A keyed
 * digest in front binds each to the party and the task that it was given to, so nothing is stored and isolates need not
 * ask each other (docs/decisions/0020-mcp-handles.md).
 */
import { base64url } from "jose";
import type { Party } from "../chain/party.ts";

export type HandleKind = "session" | "task" | "state" | "approval";

/** The owner of a handle. */
export interface Owner {
  readonly route: string;
  readonly subject: Party;
  readonly caller: Party;
  /** The identity of the task. */
  readonly task: string;
}

export interface Handles {
  /** @param of what else it is bound to, such as the call that it continues */
  seal(kind: HandleKind, value: string, owner: Owner, of?: string): Promise<string>;
  /** The server's handle; undefined if the handle is another owner's, or invalid. */
  open(kind: HandleKind, sealed: string, owner: Owner, of?: string): Promise<string | undefined>;
}

/**
 * @param keys HMAC keys for this use only: the first one seals, any of them opens, so that handles survive a key
 * rotation
 */
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

/** Canonical base64url of the 32 bytes of a tag. */
function decoded(tag: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]{43}$/.test(tag)) return undefined;
  const bytes = base64url.decode(tag) as Uint8Array<ArrayBuffer>;
  return base64url.encode(bytes) === tag ? bytes : undefined;
}
