/** One Ed25519 verification of 400 bytes: ours against WebCrypto and noble in workerd, and libsodium in Node. */
import { readFile } from "node:fs/promises";
import { verifyAsync } from "@noble/ed25519";
import sodium from "libsodium-wrappers";
import { instantiateCore } from "../wasm/core.ts";
import { startBenchWorker } from "./bench-worker.ts";
import { type BenchCase, medians, report } from "./compare.ts";
import { makeSignatures, type Signed } from "./signatures.ts";

const COUNT = 400;
/** noble is far slower: fewer are enough to time it. */
const NOBLE_COUNT = 40;

export async function coreVerify(rounds: number): Promise<BenchCase[]> {
  const signatures = makeSignatures(COUNT, 400, 8);
  const worker = await startBenchWorker("bench/peers/verify.ts");
  try {
    await worker.post("/load", signatures.map(pack));
    for (const name of ["core", "webcrypto", "noble"]) await worker.check(`/check?impl=${name}`);
    const inWorkerd = await medians(
      {
        core: () => worker.perCall("core", COUNT),
        webcrypto: () => worker.perCall("webcrypto", COUNT),
        noble: () => worker.perCall("noble", NOBLE_COUNT),
      },
      rounds,
    );
    const inNode = await medians(await nodeContenders(signatures), rounds);
    const { core, ...peers } = inWorkerd as { core: number };
    const { core: coreInNode, ...nodePeers } = inNode as { core: number };
    return [
      report("core-verify", "us", "less", core, peers, "in workerd, 400 bytes, 8 keys in turn, no keys remembered"),
      report(
        "core-verify-node",
        "us",
        "less",
        coreInNode,
        nodePeers,
        "in Node: workerd does not compile libsodium's WASM",
      ),
    ];
  } finally {
    await worker.stop();
  }
}

function pack({ publicKey, message, signature }: Signed): string[] {
  return [publicKey, message, signature].map((bytes) => Buffer.from(bytes).toString("base64"));
}

async function nodeContenders(signatures: readonly Signed[]): Promise<Record<string, () => Promise<number>>> {
  await sodium.ready;
  const core = await instantiateCore(await readFile("dist/core.wasm"));
  const keys = new Map<Uint8Array, CryptoKey>();
  for (const { publicKey } of signatures) {
    if (!keys.has(publicKey)) {
      keys.set(
        publicKey,
        await crypto.subtle.importKey("raw", new Uint8Array(publicKey), "Ed25519", false, ["verify"]),
      );
    }
  }
  const contenders: Record<string, { count: number; verify(signed: Signed): boolean | Promise<boolean> }> = {
    core: {
      count: COUNT,
      verify: ({ publicKey, message, signature }) => core.verifyEd25519(publicKey, message, signature),
    },
    "libsodium-wrappers": {
      count: COUNT,
      verify: ({ publicKey, message, signature }) => sodium.crypto_sign_verify_detached(signature, message, publicKey),
    },
    webcrypto: {
      count: COUNT,
      verify: ({ publicKey, message, signature }) =>
        crypto.subtle.verify(
          "Ed25519",
          keys.get(publicKey) as CryptoKey,
          new Uint8Array(signature),
          new Uint8Array(message),
        ),
    },
    noble: {
      count: NOBLE_COUNT,
      verify: ({ publicKey, message, signature }) => verifyAsync(signature, message, publicKey, { zip215: false }),
    },
  };
  for (const [name, { verify }] of Object.entries(contenders))
    await checkAnswers(name, verify, signatures[0] as Signed);
  return Object.fromEntries(
    Object.entries(contenders).map(([name, { count, verify }]) => [
      name,
      async () => {
        const start = performance.now();
        for (let i = 0; i < count; i++) {
          if (!(await verify(signatures[i] as Signed))) throw new Error(`${name} refused a valid signature`);
        }
        return ((performance.now() - start) * 1000) / count;
      },
    ]),
  );
}

async function checkAnswers(
  name: string,
  verify: (signed: Signed) => boolean | Promise<boolean>,
  signed: Signed,
): Promise<void> {
  const changed = { ...signed, message: signed.message.with(0, (signed.message[0] as number) ^ 1) };
  const refused = await Promise.resolve(verify(changed));
  if (!(await verify(signed)) || refused) throw new Error(`${name} gives wrong answers`);
}
