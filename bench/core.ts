/** The core against its peers: the same contenders in workerd and in Node, interleaved, checked before they are timed. */

import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import sodium from "libsodium-wrappers";
import { instantiateCore, instantiateCoreSync } from "../wasm/core.ts";
import { type BenchWorker, startBenchWorker } from "./bench-worker.ts";
import { type BenchCase, type Contenders, interleave, report } from "./compare.ts";
import { type CaseTable, type Contender, makeContenders } from "./contenders.ts";
import { makeWorkloads, type Signed, type Workloads } from "./workloads.ts";

const UNKNOWN = "core-verify-unknown-key";
const NOTES: Readonly<Record<string, string>> = {
  "core-verify-known-key": "one signature of 400 bytes, 4 keys in turn, each with a table",
  "core-verify-unknown-key": "one signature of 400 bytes, every key another",
  "core-verify-known-key-fallback": "as core-verify-known-key, on the integer path",
  "core-chain-4-known": "four signatures by four known keys, against four native verifications",
  "core-chain-4-mixed": "four signatures, one key known, against four native verifications",
  "core-chain-4-full":
    "whole chain of four hops, keys known, claims judged but not made into objects, against four jwtVerify",
  "core-chain-4-again": "a chain that was admitted before, against four native verifications",
};

/** Runs in workerd under the case's name, and in Node under the name with "-node". */
export function coreCases(only: string | undefined): (rounds: number) => Promise<BenchCase[]> {
  return async (rounds) => {
    const work = makeWorkloads();
    const table = await nodeTable(work);
    const wanted = only === "core-verify" ? UNKNOWN : only;
    const names = Object.keys(table).filter(
      (name) => wanted === undefined || name === wanted || `${name}-node` === wanted,
    );
    const worker = await startBenchWorker("bench/peers/core.ts");
    const cases: BenchCase[] = [];
    try {
      await worker.post("/load", replaceBytes(work));
      for (const name of names) {
        const contenders = table[name] as CaseTable[string];
        const inWorkerd = Object.keys(contenders).filter((impl) => impl !== "libsodium-wrappers");
        cases.push(await measure(name, await workerdRuns(worker, name, inWorkerd), rounds));
        cases.push(await measure(`${name}-node`, await nodeRuns(contenders), rounds));
      }
    } finally {
      await worker.stop();
    }
    return names.includes(UNKNOWN) ? [verifyCase(cases), ...cases] : cases;
  };
}

/** One verification in one line: what workerd measured, and libsodium against ours where both run, in Node. */
function verifyCase(cases: readonly BenchCase[]): BenchCase {
  const [workerd, node] = [UNKNOWN, `${UNKNOWN}-node`].map((name) => cases.find((each) => each.name === name)) as [
    BenchCase,
    BenchCase,
  ];
  const libsodium = "libsodium-wrappers";
  return {
    ...workerd,
    name: "core-verify",
    peers: { ...workerd.peers, [libsodium]: node.peers[libsodium] as number },
    ratio: { ...workerd.ratio, [libsodium]: node.ratio[libsodium] as number },
    note: `one signature of 400 bytes, every key another; ${libsodium} in Node, against ${node.ours} us there`,
  };
}

async function measure(name: string, contenders: Contenders, rounds: number): Promise<BenchCase> {
  const measured = await interleave(contenders, rounds);
  return report(name, "us", "less", measured, "core", NOTES[name.replace(/-node$/, "")]);
}

async function workerdRuns(worker: BenchWorker, name: string, implementations: readonly string[]): Promise<Contenders> {
  for (const impl of implementations) await worker.check(`/check?case=${name}&impl=${impl}`);
  return Object.fromEntries(
    implementations.map((impl) => [impl, () => worker.perUnit(`/run?case=${name}&impl=${impl}`)]),
  );
}

async function nodeRuns(contenders: Readonly<Record<string, Contender>>): Promise<Contenders> {
  for (const [name, contender] of Object.entries(contenders)) {
    if (!((await contender.run(0)) && (await contender.refuses()))) throw new Error(`${name} gives wrong answers`);
  }
  return Object.fromEntries(
    Object.entries(contenders).map(([name, { units, passes = 1, run }]) => [
      name,
      async () => {
        const start = performance.now();
        for (let pass = 0; pass < passes; pass++) {
          for (let i = 0; i < units; i++) if (!(await run(i))) throw new Error(`${name} refused unit ${i}`);
        }
        return ((performance.now() - start) * 1000) / (units * passes);
      },
    ]),
  );
}

/** The contenders of Node: those of workerd, and libsodium, whose WASM workerd does not compile at run time. */
async function nodeTable(work: Workloads): Promise<CaseTable> {
  await sodium.ready;
  const module = await WebAssembly.compile(await readFile("dist/core.wasm"));
  const [core, fresh, integers] = [
    instantiateCoreSync(module),
    instantiateCoreSync(module),
    instantiateCoreSync(module, { fused: false }),
  ];
  const table = await makeContenders(core, fresh, integers, work);
  const libsodium = (signatures: readonly Signed[]): Contender => {
    const verify = ({ publicKey, message, signature }: Signed): boolean =>
      sodium.crypto_sign_verify_detached(signature, message, publicKey);
    return {
      units: signatures.length,
      run: (index) => verify(signatures[index] as Signed),
      refuses: () => !verify({ ...(signatures[0] as Signed), message: (signatures[1] as Signed).message }),
    };
  };
  const withSodium = (name: string, signatures: readonly Signed[]) => ({
    ...table[name],
    "libsodium-wrappers": libsodium(signatures),
  });
  return {
    ...table,
    "core-verify-known-key": withSodium("core-verify-known-key", work.known),
    "core-verify-unknown-key": withSodium("core-verify-unknown-key", work.unknown),
  };
}

/** Bytes as base64 in `{ "$bytes": ... }`. */
function replaceBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(replaceBytes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replaceBytes(member)]));
}

/** Hashes against node:crypto, in Node. */
export async function coreHashes(rounds: number): Promise<BenchCase[]> {
  const core = await instantiateCore(await readFile("dist/core.wasm"));
  const compare = async (name: string, algorithm: "sha512" | "sha256", bytes: number): Promise<BenchCase> => {
    const messages = Array.from({ length: 2000 }, () => new Uint8Array(randomBytes(bytes)));
    const native = (message: Uint8Array): Uint8Array => createHash(algorithm).update(message).digest();
    if (Buffer.compare(core[algorithm](messages[0] as Uint8Array), native(messages[0] as Uint8Array)) !== 0)
      throw new Error(`${name} is wrong`);
    const time = (hash: (message: Uint8Array) => Uint8Array) => async (): Promise<number> => {
      const start = performance.now();
      for (const message of messages) hash(message);
      return ((performance.now() - start) * 1000) / messages.length;
    };
    const measured = await interleave({ core: time(core[algorithm]), "node:crypto": time(native) }, rounds);
    return report(name, "us", "less", measured, "core");
  };
  return [await compare("core-sha512-400", "sha512", 400), await compare("core-sha256-1k", "sha256", 1024)];
}

/** What a cold isolate pays: bytes, and milliseconds from bytes to the first verdict, the base point's table included. */
export async function coreStart(rounds: number): Promise<BenchCase[]> {
  const bytes = await readFile("dist/core.wasm");
  const [signed] = makeWorkloads().unknown as [Signed];
  const started = await interleave(
    {
      first: async () => {
        const start = performance.now();
        const core = await instantiateCore(bytes);
        if (!core.verifyEd25519(signed.publicKey, signed.message, signed.signature)) throw new Error("refused");
        return performance.now() - start;
      },
    },
    rounds,
  );
  const zipped = gzipSync(bytes, { level: 9 }).length / 1024;
  return [
    report(
      "core-size",
      "KiB gzipped",
      "less",
      { core: [zipped] },
      "core",
      `${(bytes.length / 1024).toFixed(1)} KiB as it is; goal: at most 64`,
    ),
    report(
      "core-instantiate",
      "ms",
      "less",
      started,
      "first",
      "compile, instantiate, table of B, first verification; goal: under 5",
    ),
  ];
}
