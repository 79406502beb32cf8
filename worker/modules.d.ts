/** How wrangler imports files that are not scripts (wrangler.toml, rules). */
declare module "*.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}
declare module "*.toml" {
  const text: string;
  export default text;
}
/** Of Node's modules that workerd has, what the Worker uses. */
declare module "node:zlib" {
  interface Settings {
    readonly level: number;
    readonly memLevel: number;
    readonly windowBits: number;
  }
  export function deflateRawSync(data: string, settings: Settings): Uint8Array<ArrayBuffer>;
  export function inflateRawSync(data: ArrayBuffer, settings: { readonly maxOutputLength: number }): Uint8Array;
}
