/**
 * Token Status List (draft-ietf-oauth-status-list): one bit for each valid token, so that an upstream can see what was
 * revoked without asking about single tokens, and without revealing which one it has.
 */
import { base64url } from "jose";
import { PLACES } from "../ledger/places.ts";
import { createMemo } from "../memo.ts";
import { OauthError } from "./errors.ts";
import type { Service } from "./service.ts";

const TYPE = "statuslist+jwt";
/** Seconds for which this isolate serves the same list, and for which a reader may cache it: ten together. */
const TTL = 5;

/** Serves the list of a shard of the ledger, made at most once in `TTL` seconds. One for each isolate. */
export function createStatusListEndpoint(): (shard: string, service: Service) => Promise<Response> {
  const lists = new Map<string, ReturnType<typeof createMemo<string>>>();
  return async (shard, service) => {
    if (!service.ledger.shards.includes(shard)) return new Response(null, { status: 404 });
    const made = lists.get(shard) ?? createMemo<string>(TTL * 1000);
    lists.set(shard, made);
    const list = await made(() => makeList(shard, service), service.now()).catch((cause: unknown) => {
      throw new OauthError("temporarily_unavailable", "the status list cannot be made now", { cause });
    });
    const headers = { "content-type": `application/${TYPE}`, "cache-control": `public, max-age=${TTL}` };
    return new Response(list, { headers });
  };
}

async function makeList(shard: string, service: Service): Promise<string> {
  const places = await service.ledger.revokedPlaces(shard);
  const iat = Math.floor(service.now() / 1000);
  return service.signer.sign(TYPE, {
    sub: listUri(shard, service),
    iat,
    exp: iat + 4 * TTL,
    ttl: TTL,
    status_list: { bits: 1, lst: await compress(bitsOf(places)) },
  });
}

/** Every shard of the ledger assigns the places of its own list. */
export function listUri(shard: string, { config }: Pick<Service, "config">): string {
  return new URL(`/oauth/status/${shard}`, config.gateway.id).href;
}

/** One bit for each place, the least significant first: 1 is INVALID. */
function bitsOf(places: readonly number[]): Uint8Array<ArrayBuffer> {
  const bits = new Uint8Array(PLACES / 8);
  for (const place of places) (bits[place >> 3] as number) |= 1 << (place & 7);
  return bits;
}

/** DEFLATE in the ZLIB format, base64url. */
async function compress(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const stream = new Response(bytes).body?.pipeThrough(new CompressionStream("deflate"));
  return base64url.encode(new Uint8Array(await new Response(stream).arrayBuffer()));
}
