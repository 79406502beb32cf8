/** What wrangler makes of files that are no scripts (wrangler.toml, rules). */
declare module "*.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}
declare module "*.toml" {
  const text: string;
  export default text;
}
