/** Properties of the repository itself, each a sentence. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DURABLE_OBJECTS } from "../../local/bindings.ts";
import { PAGES } from "../../local/docs.ts";
import { MEMBERS, RULES } from "../../wasm/verdict.ts";
import { importsOf, read, root } from "./files.ts";

describe("the two lists of verdicts are the same", () => {
  test("rules", () => {
    const names = [...read("wasm/assembly/verdict.ts").matchAll(/export const (\w+): u32 = (\d+);/g)];
    expect(names.map(([, name]) => (name as string).toLowerCase())).toEqual([...RULES]);
    expect(names.map(([, , code]) => Number(code))).toEqual(RULES.map((_, index) => index));
  });
  test("members", () => {
    const source = read("wasm/assembly/names.ts");
    const [, words] = /WORDS = memory\.data<u64>\(\[([^\]]*)\]/.exec(source) as unknown as [string, string];
    const [, lengths] = /LENGTHS = memory\.data<u8>\(\[([^\]]*)\]/.exec(source) as unknown as [string, string];
    const wordOf = (name: string): bigint => Buffer.from(name.padEnd(8, "\0")).readBigUInt64LE();
    expect(words.match(/0x[0-9a-f]+/g)?.map(BigInt)).toEqual(MEMBERS.map(wordOf));
    expect(lengths.match(/\d+/g)?.map(Number)).toEqual(MEMBERS.map(({ length }) => length));
    const codes = [...source.matchAll(/export const ([A-Z0-9_]+): u32 = (\d+);/g)].filter(
      ([, name]) => !name?.startsWith("LAST"),
    );
    expect(codes.map(([, , code]) => Number(code))).toEqual(MEMBERS.map((_, code) => code));
    expect(codes.slice(1).map(([, name]) => name?.toLowerCase().replace("max_hops_claim", "max_hops"))).toEqual(
      MEMBERS.slice(1),
    );
  });
});

describe("the bundle", () => {
  const names = readdirSync(join(root, "dist/worker"));
  const script = read("dist/worker/index.js");

  test("holds neither cedar-wasm nor noble, and one WASM module, the core", () => {
    for (const stranger of ["cedar-wasm", "@noble", "cedar_wasm"]) expect(script).not.toContain(stranger);
    expect(names.filter((name) => name.endsWith(".wasm"))).toHaveLength(1);
  });
  test("evaluates the library of passkeys at its first use, not at a cold start", () => {
    expect(script).toMatch(/__esm\(\{\s+"node_modules\/@simplewebauthn\/server\/esm\/index\.js"/);
  });
  test("holds no eval and no Function constructor", () => {
    expect(script).not.toMatch(/\beval\(|new Function\(/);
  });
  test("has a core of at most 64 KiB that imports nothing", () => {
    const bytes = readFileSync(join(root, "dist/core.wasm"));
    expect(bytes.length).toBeLessThan(65_536);
    expect(WebAssembly.Module.imports(new WebAssembly.Module(bytes))).toEqual([]);
  });
  test("has a core whose memory cannot grow", () => {
    const { memory } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(join(root, "dist/core.wasm"))))
      .exports;
    expect(() => (memory as WebAssembly.Memory).grow(1)).toThrow();
  });
});

test("the vectors of chains and proofs are what the generator writes", () => {
  const written = mkdtempSync(join(tmpdir(), "hopgate-vectors-"));
  execFileSync(process.execPath, ["test/vectors/generate.ts", written], { cwd: root });
  const names = readdirSync(join(written, "chains"));
  expect(readdirSync(join(root, "test/vectors/chains")).sort()).toEqual(names.sort());
  expect(names.length).toBeGreaterThan(80);
  for (const file of [...names.map((name) => `chains/${name}`), "proofs.json"])
    expect(read(`test/vectors/${file}`), file).toBe(readFileSync(join(written, file), "utf8"));
  rmSync(written, { recursive: true });
});

test.each(Object.entries(PAGES))("%s is up to date with the code (npm run docs)", (file, page) => {
  expect(read(file)).toBe(page());
});

describe("the pictures match the code", () => {
  test("the picture of a request has the stages of the pipeline, in order", () => {
    const stages = importsOf("worker/gateway/pipeline.ts")
      .map((file) => /^worker\/gateway\/(parse|verify|decide|admit|mint|forward|record|settle)\.ts$/.exec(file)?.[1])
      .filter((stage) => stage !== undefined);
    const drawn = [...read("docs/pictures/request.txt").matchAll(/: (\w+):/g)].map(([, stage]) => stage);
    expect(new Set(drawn)).toEqual(new Set(stages));
  });
  test("the picture of the parts has every Durable Object", () => {
    const [, objects] = /row: Durable Objects.*\n((?:part: .*\n)*)/.exec(read("docs/pictures/parts.txt")) ?? [];
    const drawn = [...(objects as string).matchAll(/^part: (\w+)/gm)].map(([, name]) => name);
    expect(drawn.toSorted()).toEqual(Object.values(DURABLE_OBJECTS).toSorted());
  });
});

test("every npm script that a document or a command names exists", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const texts = ["docs", "cli", "local", "selfhost", "demo", "examples", "config"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(md|ts|toml)$/.test(name))
      .map((name) => `${folder}/${name}`),
  );
  for (const file of ["README.md", "CONTRIBUTING.md", ...texts]) {
    for (const [, name] of read(file).matchAll(/npm run (?:--silent )?([a-z][a-z:]*)/g))
      expect(Object.keys(scripts), `${file} names npm run ${name}`).toContain(name);
  }
});

test("no download address is recorded", () => {
  expect(read("package-lock.json")).not.toContain('"resolved"');
});
