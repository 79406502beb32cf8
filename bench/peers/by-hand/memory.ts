/** What an isolate reads once and keeps: keys that are imported, and those of the hops that it has seen. */
import { calculateJwkThumbprint, importJWK, type JWK } from "jose";
import type { Env } from "./env.ts";

type Key = Awaited<ReturnType<typeof importJWK>>;

export interface HopKey {
  readonly key: Key;
  /** RFC 7638. */
  readonly thumbprint: string;
}

export interface Memory {
  readonly idpKey: Key;
  readonly signingKey: Key;
  readonly kid: string;
  /** Thumbprints by names. */
  readonly workloads: Readonly<Record<string, string>>;
  /** Imports a public key that a hop names, or finds it. */
  hopKey(jwk: JWK): Promise<HopKey>;
}

const MOST_KEYS = 1000;

export function makeMemory(): (env: Env) => Promise<Memory> {
  let memory: Promise<Memory> | undefined;
  return (env) => {
    memory ??= read(env);
    return memory;
  };
}

async function read(env: Env): Promise<Memory> {
  const signing = JSON.parse(env.SIGNING_KEY) as JWK;
  const keys = new Map<string, HopKey>();
  return {
    idpKey: await importJWK(JSON.parse(env.IDP_KEY) as JWK, "EdDSA"),
    signingKey: await importJWK(signing, "EdDSA"),
    kid: signing.kid as string,
    workloads: JSON.parse(env.WORKLOADS) as Record<string, string>,
    async hopKey({ kty, crv, x }) {
      const name = `${kty} ${crv} ${x}`;
      const known = keys.get(name);
      if (known !== undefined) return known;
      const jwk = { kty, crv, x } as JWK;
      const made = { key: await importJWK(jwk, "EdDSA"), thumbprint: await calculateJwkThumbprint(jwk) };
      if (keys.size === MOST_KEYS) keys.clear();
      keys.set(name, made);
      return made;
    },
  };
}
