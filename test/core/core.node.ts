import { readFile } from "node:fs/promises";
import { instantiateCore } from "../../wasm/core.ts";

export const core = await instantiateCore(await readFile(new URL("../../dist/core.wasm", import.meta.url)));
