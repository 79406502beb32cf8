/** The verification core of this isolate, instantiated when it is first needed. */
import module from "../dist/core.wasm?module";
import { type Core, instantiateCoreSync } from "../wasm/core.ts";

let instance: Core | undefined;

export function verificationCore(): Core {
  instance ??= instantiateCoreSync(module);
  return instance;
}
