/**
 * Every way to do one unit of each case, the same in Node and in workerd. A unit is one signature or one chain; `units`
 * of them are there, all different.
 */
import { verifyAsync } from "@noble/ed25519";
import { jwtVerify } from "jose";
import type { ChainOptions, Core } from "../wasm/core.ts";
import { encodeTrust } from "../wasm/trust.ts";
import { AUDIENCE, CHAINS, COUNT, ISSUER, type Signed, type Workloads } from "./workloads.ts";

export interface Contender {
  /** Different ones; a round goes over them `passes` times, so that it lasts long enough to be timed. */
  readonly units: number;
  readonly passes?: number;
  /** True where what must be accepted was accepted. */
  run(index: number): boolean | Promise<boolean>;
  /** Whether the contender refuses something wrong; run once before timing. */
  refuses(): boolean | Promise<boolean>;
}

export type CaseTable = Readonly<Record<string, Readonly<Record<string, Contender>>>>;

/** noble is far slower: fewer units are enough to time it. */
const NOBLE_UNITS = 20;

function tampered(signed: Signed): Signed {
  return { ...signed, message: signed.message.with(0, (signed.message[0] as number) ^ 1) as Uint8Array<ArrayBuffer> };
}

/** One signature at a time by a function over signed messages. */
function single(
  signatures: readonly Signed[],
  verify: (signed: Signed) => boolean | Promise<boolean>,
  units = COUNT,
): Contender {
  return {
    units,
    passes: 4,
    run: (index) => verify(signatures[index] as Signed),
    refuses: async () => !(await verify(tampered(signatures[0] as Signed))),
  };
}

/** Groups of four, judged as one. */
function groups(
  fours: readonly (readonly Signed[])[],
  verify: (four: readonly Signed[]) => boolean | Promise<boolean>,
): Contender {
  const [first] = fours as [readonly Signed[]];
  return {
    units: fours.length,
    passes: 8,
    run: (index) => verify(fours[index] as readonly Signed[]),
    refuses: async () => !(await verify(first.map((signed, i) => (i === 2 ? tampered(signed) : signed)))),
  };
}

/** Chains by their text; the last character of a signature changed must be refused. */
function chains(all: readonly string[], verify: (chain: string) => boolean | Promise<boolean>): Contender {
  return {
    units: all.length,
    passes: 16,
    run: (index) => verify(all[index] as string),
    refuses: async () => {
      const chain = all[0] as string;
      const at = chain.length - 20;
      return !(await verify(chain.slice(0, at) + (chain[at] === "A" ? "B" : "A") + chain.slice(at + 1)));
    },
  };
}

/** @param core with tables of the known keys and of the keys of the hops; @param fresh without any */
export async function makeContenders(core: Core, fresh: Core, integers: Core, work: Workloads): Promise<CaseTable> {
  const keys = new Map<string, CryptoKey>();
  const nameOf = (key: Uint8Array): string => key.join();
  for (const key of new Set([...work.known, ...work.unknown].map(({ publicKey }) => publicKey).concat(work.hopKeys))) {
    keys.set(nameOf(key), await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]));
  }
  const handles = new Map(
    [...work.known, ...work.unknown].map((signed) => [
      signed.publicKey,
      keys.get(nameOf(signed.publicKey)) as CryptoKey,
    ]),
  );
  const native = ({ publicKey, message, signature }: Signed): Promise<boolean> =>
    crypto.subtle.verify("Ed25519", handles.get(publicKey) as CryptoKey, signature, message);
  const noble = ({ publicKey, message, signature }: Signed): Promise<boolean> =>
    verifyAsync(signature, message, publicKey, { zip215: false });
  const by =
    (one: Core) =>
    ({ publicKey, message, signature }: Signed): boolean =>
      one.verifyEd25519(publicKey, message, signature);
  const nativeFour = async (four: readonly Signed[]): Promise<boolean> => {
    for (const signed of four) if (!(await native(signed))) return false;
    return true;
  };
  admit(core, work);
  admit(integers, work);

  const fours = Array.from({ length: COUNT / 4 }, (_, i) => work.known.slice(4 * i, 4 * i + 4));
  const mixed = Array.from({ length: COUNT / 4 }, (_, i) => [
    work.known[i] as Signed,
    ...work.unknown.slice(4 * i, 4 * i + 3),
  ]);
  const options: ChainOptions = {
    trust: encodeTrust([
      { issuer: ISSUER, types: ["at+jwt"], keys: [{ kid: "0", alg: "EdDSA", publicKey: work.hopKeys[0] }] },
    ]),
    audiences: [AUDIENCE],
    now: work.now,
  };
  // Nothing is admitted but in "again", so every chain is verified in full.
  const whole = (chain: string): boolean => core.verifyChain(chain, options).ok;
  const hopKeys = work.hopKeys.map((key) => keys.get(nameOf(key)) as CryptoKey);
  const withJose = async (chain: string): Promise<boolean> => {
    try {
      for (const [k, hop] of chain.split("~").entries())
        await jwtVerify(hop, hopKeys[k] as CryptoKey, { audience: AUDIENCE });
      return true;
    } catch {
      return false;
    }
  };
  /** As many native verifications one after the other as a chain has hops: the signatures alone. */
  const nativeHops = (hops: number): Contender => ({
    units: CHAINS,
    passes: 16,
    run: async (index) => {
      for (let k = 0; k < hops; k++)
        if (!(await native(work.known[(index * hops + k) % COUNT] as Signed))) return false;
      return true;
    },
    refuses: async () => !(await native(tampered(work.known[0] as Signed))),
  });
  const hops = Object.fromEntries(
    work.chains.map((all, i) => [`core-hops-${i + 1}`, { core: chains(all, whole), webcrypto: nativeHops(i + 1) }]),
  );
  return {
    "core-verify-known-key": {
      core: single(work.known, by(core)),
      webcrypto: single(work.known, native),
      noble: single(work.known, noble, NOBLE_UNITS),
    },
    "core-verify-unknown-key": {
      core: single(work.unknown, by(fresh)),
      webcrypto: single(work.unknown, native),
      noble: single(work.unknown, noble, NOBLE_UNITS),
    },
    "core-verify-known-key-fallback": { core: single(work.known, by(integers)), webcrypto: single(work.known, native) },
    "core-chain-4-known": {
      core: groups(fours, (four) => core.findInvalid(four) === -1),
      webcrypto: groups(fours, nativeFour),
    },
    "core-chain-4-mixed": {
      core: groups(mixed, (four) => core.findInvalid(four) === -1),
      webcrypto: groups(mixed, nativeFour),
    },
    "core-chain-4-full": {
      core: chains(work.chains[3] as string[], whole),
      jose: chains(work.chains[3] as string[], withJose),
    },
    "core-chain-4-again": { core: again(fresh, work, options), webcrypto: groups(fours, nativeFour) },
    ...hops,
  };
}

/** Four uses give a key its table. */
function admit(core: Core, work: Workloads): void {
  for (let use = 0; use < 4; use++) {
    for (const { publicKey } of work.known.slice(0, 4)) core.admitKey(publicKey);
    for (const key of work.hopKeys) core.admitKey(key);
  }
}

/** Requests under chains that were admitted before: each text is a new string, as a header is. */
function again(core: Core, work: Workloads, options: ChainOptions): Contender {
  const utf8 = new TextDecoder();
  const texts = (work.chains[3] as string[]).map((chain) => new TextEncoder().encode(chain));
  for (const text of texts) {
    const verdict = core.verifyChain(utf8.decode(text), options);
    if (verdict.ok) core.admit(verdict);
  }
  const verify = (chain: string): boolean => core.verifyChain(chain, options).ok;
  return {
    ...chains(work.chains[3] as string[], verify),
    passes: 100,
    run: (index) => verify(utf8.decode(texts[index])),
  };
}
