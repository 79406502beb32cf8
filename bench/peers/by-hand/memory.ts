/** What an isolate reads once and keeps. */
import { importJWK, type JWK } from "jose";
import type { Env } from "./env.ts";
import { makePublicKeys, type PublicKey, type PublicKeyOf } from "./public-keys.ts";

export interface Memory {
  readonly idpKey: PublicKey["key"];
  readonly signingKey: PublicKey["key"];
  readonly kid: string;
  /** Thumbprints by names. */
  readonly workloads: Readonly<Record<string, string>>;
  readonly publicKeyOf: PublicKeyOf;
}

export function makeMemory(): (env: Env) => Promise<Memory> {
  let memory: Promise<Memory> | undefined;
  return (env) => {
    memory ??= read(env);
    return memory;
  };
}

async function read(env: Env): Promise<Memory> {
  const signing = JSON.parse(env.SIGNING_KEY) as JWK;
  return {
    idpKey: await importJWK(JSON.parse(env.IDP_KEY) as JWK, "EdDSA"),
    signingKey: await importJWK(signing, "EdDSA"),
    kid: signing.kid as string,
    workloads: JSON.parse(env.WORKLOADS) as Record<string, string>,
    publicKeyOf: makePublicKeys(),
  };
}
