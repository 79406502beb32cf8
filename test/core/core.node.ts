import { readFile } from "node:fs/promises";
import { instantiateCore } from "../../wasm/core.ts";
import type { Arithmetic } from "./exports.ts";

const read = (name: string) => readFile(new URL(`../../dist/${name}`, import.meta.url));

const bytes = await read("core.wasm");
export const core = await instantiateCore(bytes);
/** The same core on the integer path, whatever the machine can do. */
export const integerCore = await instantiateCore(bytes, { fused: false });
const { instance } = await WebAssembly.instantiate(await read("arithmetic.wasm"));
export const arithmetic = instance.exports as unknown as Arithmetic;
