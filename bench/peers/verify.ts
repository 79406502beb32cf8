/**
 * Runs in workerd, whose clock stands still while it computes: it verifies N signatures, and is timed from outside,
 * less the time of N = 0.
 */
import { verifyAsync } from "@noble/ed25519";
import module from "../../dist/core.wasm?module";
import { instantiateCoreSync } from "../../wasm/core.ts";

const core = instantiateCoreSync(module);

interface Loaded {
  readonly publicKey: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  readonly key: CryptoKey;
}
let loaded: Loaded[] = [];

const IMPLEMENTATIONS: Record<string, (signed: Loaded) => boolean | Promise<boolean>> = {
  core: ({ publicKey, message, signature }) => core.verifyEd25519(publicKey, message, signature),
  webcrypto: ({ key, message, signature }) => crypto.subtle.verify("Ed25519", key, signature, message),
  noble: ({ publicKey, message, signature }) => verifyAsync(signature, message, publicKey, { zip215: false }),
};

function decode(text: string | undefined): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text ?? ""), (character) => character.charCodeAt(0));
}

async function load(rows: readonly string[][]): Promise<void> {
  const keys = new Map<string, CryptoKey>();
  loaded = [];
  for (const [publicKey, message, signature] of rows) {
    const name = publicKey as string;
    const key =
      keys.get(name) ?? (await crypto.subtle.importKey("raw", decode(publicKey), "Ed25519", false, ["verify"]));
    keys.set(name, key);
    loaded.push({ publicKey: decode(publicKey), message: decode(message), signature: decode(signature), key });
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/load") {
      await load(await request.json());
      return new Response("ok");
    }
    const verify = IMPLEMENTATIONS[searchParams.get("impl") ?? ""];
    if (verify === undefined) return new Response("no such implementation", { status: 404 });
    if (pathname === "/check") {
      const signed = loaded[0] as Loaded;
      const changed = { ...signed, message: signed.message.with(0, (signed.message[0] as number) ^ 1) };
      const right = (await verify(signed)) && !(await verify(changed));
      return new Response(right ? "ok" : "wrong", { status: right ? 200 : 500 });
    }
    const count = Number(searchParams.get("n"));
    let accepted = 0;
    for (let i = 0; i < count; i++) if (await verify(loaded[i] as Loaded)) accepted++;
    return new Response(String(accepted));
  },
};
