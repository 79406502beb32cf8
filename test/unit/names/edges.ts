/** What provers of names are given in the tests: real KV, a clock, and addresses that the test answers for. */
import { env } from "cloudflare:workers";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import type { NameEdges, NameOptions } from "../../../worker/chain/names/prove.ts";
import { verificationCore } from "../../../worker/core.ts";
import type { Env } from "../../../worker/env.ts";
import { createTrust } from "../../../worker/trust/issuers.ts";

export const { KV } = env as unknown as Env;

export interface Key {
  readonly jwk: JWK;
  readonly thumbprint: string;
  readonly privateKey: CryptoKey;
}

export async function newKey(alg: "Ed25519" | "ES256" = "Ed25519"): Promise<Key> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { jwk, privateKey, thumbprint: await calculateJwkThumbprint(jwk) };
}

/** What the configuration says of names, changed as asked. */
export function options(change: Partial<NameOptions> = {}): NameOptions {
  return { names: { refresh: 30, published_hosts: [] }, issuers: [], gateway: { clock_skew: 5 }, ...change };
}

export interface TestEdges extends NameEdges {
  /** Milliseconds since the epoch. */
  clock: number;
  /** KV rejects. */
  kvDown: boolean;
  /** Entries that were read. */
  reads: number;
  /** Addresses that were asked, in order. */
  readonly asked: string[];
  answer: (request: Request) => Response | Promise<Response>;
  /** Work behind the request. */
  readonly behind: Promise<unknown>[];
}

export function testEdges({ issuers }: NameOptions = options()): TestEdges {
  const outside = {
    kv: {
      get: (async (key: string) => {
        edges.reads++;
        if (edges.kvDown) throw new Error("KV is down");
        return KV.get(key);
      }) as NameEdges["kv"]["get"],
      put: (key: string, value: string | ArrayBufferView) => KV.put(key, value),
    },
    fetch: async (request: Request) => {
      edges.asked.push(request.url);
      return edges.answer(request);
    },
    now: () => edges.clock,
    waitUntil: (work: Promise<unknown>) => void edges.behind.push(work),
  };
  const edges: TestEdges = {
    ...outside,
    clock: Date.parse("2026-11-26T12:00:00Z"),
    kvDown: false,
    reads: 0,
    asked: [],
    answer: () => new Response(null, { status: 404 }),
    behind: [],
    trust: createTrust(issuers)(outside),
    sha256: verificationCore().sha256,
  };
  return edges;
}
