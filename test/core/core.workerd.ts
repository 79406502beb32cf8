import module from "../../dist/core.wasm?module";
import { instantiateCoreSync } from "../../wasm/core.ts";

export const core = instantiateCoreSync(module);
