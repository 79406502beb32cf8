/** The core's cases in workerd, whose clock stands still while it computes: N units a request, timed from outside. */
import module from "../../dist/core.wasm?module";
import { instantiateCoreSync } from "../../wasm/core.ts";
import { type CaseTable, makeContenders } from "../contenders.ts";
import type { Workloads } from "../workloads.ts";

let cases: CaseTable = {};

/** Bytes travel as base64 in `{ "$bytes": ... }`. */
function revive(_: string, value: unknown): unknown {
  const text = (value as { $bytes?: string } | null)?.$bytes;
  return text === undefined ? value : Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Equal keys become one object, as they are for whoever keeps them. */
function shareKeys(work: Workloads): Workloads {
  const keys = new Map<string, Uint8Array<ArrayBuffer>>();
  const share = (key: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
    const name = key.join();
    if (!keys.has(name)) keys.set(name, key);
    return keys.get(name) as Uint8Array<ArrayBuffer>;
  };
  const shared = (list: Workloads["known"]) =>
    list.map((signed) => ({ ...signed, publicKey: share(signed.publicKey) }));
  return { ...work, known: shared(work.known), unknown: shared(work.unknown), hopKeys: work.hopKeys.map(share) };
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/load") {
      const work = shareKeys(JSON.parse(await request.text(), revive) as Workloads);
      const [core, fresh, integers] = [
        instantiateCoreSync(module),
        instantiateCoreSync(module),
        instantiateCoreSync(module, { fused: false }),
      ];
      cases = await makeContenders(core, fresh, integers, work);
      return new Response(core.arithmetic);
    }
    const contender = cases[searchParams.get("case") ?? ""]?.[searchParams.get("impl") ?? ""];
    if (contender === undefined) return new Response("no such contender", { status: 404 });
    if (pathname === "/check") {
      const right = (await contender.run(0)) && (await contender.refuses());
      return new Response(right ? "ok" : "wrong answers", { status: right ? 200 : 500 });
    }
    const { units, passes = 1 } = contender;
    for (let pass = searchParams.has("empty") ? passes : 0; pass < passes; pass++) {
      for (let i = 0; i < units; i++)
        if (!(await contender.run(i))) return new Response(`unit ${i} refused`, { status: 500 });
    }
    return new Response(String(units * passes));
  },
};
