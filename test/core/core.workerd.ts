import arithmeticModule from "../../dist/arithmetic.wasm?module";
import module from "../../dist/core.wasm?module";
import { instantiateCoreSync } from "../../wasm/core.ts";
import type { Arithmetic } from "./exports.ts";

export const core = instantiateCoreSync(module);
/** The same core on the integer path, whatever the machine can do. */
export const integerCore = instantiateCoreSync(module, { fused: false });
export const arithmetic = new WebAssembly.Instance(arithmeticModule).exports as unknown as Arithmetic;
