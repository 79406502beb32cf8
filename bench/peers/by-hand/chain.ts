/** A chain of hops: every signature, link and claim, and that each key belongs to its workload's name. */
import { decodeProtectedHeader, type JWK, type JWTPayload, jwtVerify } from "jose";
import { hashText } from "./hash.ts";
import type { Memory } from "./memory.ts";
import type { PublicKey } from "./public-keys.ts";
import { Refusal } from "./refusal.ts";

export interface Chain {
  readonly subject: { readonly iss: string; readonly sub: string };
  /** Origin first. */
  readonly actors: readonly string[];
  /** Identity of the task: who introduced it, and the name that they gave it. */
  readonly task: string;
  readonly txn: string;
  readonly purpose: string;
  readonly scopes: readonly string[];
  /** Seconds since the epoch. */
  readonly expires: number;
  /** Of the whole chain. */
  readonly hash: string;
  readonly hops: readonly { readonly iss: string; readonly jti: string; readonly exp: number }[];
  /** Thumbprint of the key that must prove possession. */
  readonly holder: string;
  /** All that can be revoked. */
  readonly names: readonly string[];
}

const GATEWAY = "https://gateway.acme.example";
const ISSUER = "https://idp.acme.example";
const MOST_HOPS = 8;
const SKEW = 5;

interface Claims extends JWTPayload {
  readonly scope: string;
  readonly exp: number;
  readonly iat: number;
  readonly jti: string;
  readonly sub: string;
  readonly iss: string;
  readonly aud: string | string[];
  readonly cnf: { readonly jwk?: JWK; readonly jkt?: string };
  readonly max_hops?: number;
}

/** @throws Refusal 401 */
export async function verifyChain(presented: string, memory: Memory, now: number): Promise<Chain> {
  try {
    return await verify(presented, memory, now);
  } catch (cause) {
    throw cause instanceof Refusal ? cause : new Refusal(401, "invalid_token", { cause });
  }
}

async function verify(presented: string, memory: Memory, now: number): Promise<Chain> {
  const [first, ...rest] = presented.split("~") as [string, ...string[]];
  require(rest.length <= MOST_HOPS);
  const currentDate = new Date(now * 1000);
  const root = (
    await jwtVerify(first, memory.idpKey, {
      issuer: ISSUER,
      typ: "at+jwt",
      algorithms: ["EdDSA"],
      requiredClaims: ["sub", "client_id", "aud", "exp", "iat", "jti", "scope", "cnf", "txn"],
      currentDate,
    })
  ).payload as Claims;
  const hops = [root];
  const actors = [String(root["client_id"])];
  let [parent, parentText, holder] = [root, first, await namedKey(root, rest[0], memory)];
  require(isRegistered(actors[0] as string, holder, memory));
  for (const text of rest) {
    const { payload } = await jwtVerify(text, holder.key, {
      issuer: actors.at(-1) as string,
      typ: "hop+jwt",
      algorithms: ["EdDSA"],
      requiredClaims: ["sub", "aud", "exp", "iat", "jti", "scope", "cnf", "pth"],
      currentDate,
      clockTolerance: SKEW,
    });
    const hop = payload as Claims;
    require(hop["pth"] === (await hashText(parentText)));
    requireNarrower(hop, parent);
    holder = await namedKey(hop, undefined, memory);
    require(isRegistered(hop.sub, holder, memory));
    actors.push(hop.sub);
    hops.push(hop);
    [parent, parentText] = [hop, text];
  }
  require(audiencesOf(parent).includes(GATEWAY));
  const txn = String(root["txn"]);
  const task = await hashText(JSON.stringify(["task", root.iss, txn]));
  return {
    subject: { iss: root.iss, sub: root.sub },
    actors,
    task,
    txn,
    purpose: String((root["tctx"] as { purpose?: unknown } | undefined)?.purpose),
    scopes: parent.scope.split(" "),
    expires: parent.exp,
    hash: await hashText(presented),
    hops: hops.map(({ iss, jti, exp }) => ({ iss, jti, exp })),
    holder: holder.thumbprint,
    names: [task, `${root.iss} ${root.sub}`, ...actors, ...hops.map(({ iss, jti }) => `${iss} ${jti}`)],
  };
}

/** By value; or by thumbprint, and then the next hop carries the key (docs/chain.md). */
async function namedKey({ cnf }: Claims, next: string | undefined, memory: Memory): Promise<PublicKey> {
  if (cnf.jwk !== undefined) return memory.publicKeyOf(cnf.jwk);
  require(next !== undefined);
  const named = await memory.publicKeyOf(decodeProtectedHeader(next as string).jwk as JWK);
  require(named.thumbprint === cnf.jkt);
  return named;
}

function isRegistered(name: string, { thumbprint }: PublicKey, { workloads }: Memory): boolean {
  return workloads[name] === thumbprint;
}

function requireNarrower(hop: Claims, parent: Claims): void {
  const scopes = parent.scope.split(" ");
  require(hop.exp <= parent.exp);
  require((hop.nbf ?? parent.nbf ?? 0) >= (parent.nbf ?? 0));
  require(hop.scope.split(" ").every((scope) => scopes.includes(scope)));
  require(audiencesOf(hop).every((audience) => audiencesOf(parent).includes(audience)));
  require(parent.max_hops === undefined || (parent.max_hops >= 1 && (hop.max_hops ?? 0) < parent.max_hops));
  require(hop["txn"] === undefined || hop["txn"] === parent["txn"]);
}

function audiencesOf({ aud }: Claims): string[] {
  return typeof aud === "string" ? [aud] : aud;
}

function require(holds: boolean): void {
  if (!holds) throw new Refusal(401, "invalid_token");
}
