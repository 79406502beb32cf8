/**
 * What Node 20 lacks, for the installed command line: two functions of ECMAScript 2024, and relaxed SIMD of WebAssembly,
 * which the core needs and V8 has behind a flag there. Newer versions keep their own.
 */
import { setFlagsFromString } from "node:v8";

function groupBy<K, T>(items: Iterable<T>, keyOf: (item: T, index: number) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  const made = {} as PromiseWithResolvers<T>;
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

Map.groupBy ??= groupBy;
Promise.withResolvers ??= withResolvers;
if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");
