/**
 * Writes the vectors of chains and proofs: `node test/vectors/generate.ts [FOLDER]`, by default to this folder.
 * Everything follows from names and one fixed time, so the files change only when a rule does. README.md says what is
 * in a file.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { accepted } from "./accepted.ts";
import { ATTACKS } from "./attacks.ts";
import { ELSEWHERE } from "./elsewhere.ts";
import { GOOD } from "./good.ts";
import { usualOptions } from "./options.ts";
import { makeProofs } from "./proofs.ts";

/** 2026-11-24T00:00:00Z */
const NOW = 1795478400;
const target = process.argv[2] ?? fileURLToPath(new URL(".", import.meta.url));
const folder = join(target, "chains");
const options = await usualOptions(NOW);

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const names = new Set<string>();

function write(name: string, vector: object): Promise<void> {
  if (names.has(name)) throw new Error(`two vectors are called ${name}`);
  names.add(name);
  return writeFile(join(folder, `${name}.json`), `${JSON.stringify(vector, null, 2)}\n`);
}

for (const { name, about, build } of GOOD) {
  const chain = await build(NOW);
  await write(name, { about, options, chain, verdict: accepted(chain, options) });
}
for (const { name, about, rule, hop, member, build } of ATTACKS) {
  await write(name, {
    about,
    options,
    chain: await build(NOW),
    verdict: { ok: false, rule, hop, ...(member && { member }) },
  });
}
for (const { name, about, refusal, options: optionsAt, build } of ELSEWHERE) {
  const [chain, others] = [await build(NOW), await optionsAt(NOW)];
  const [rule, hop, member] = refusal ?? [];
  const refused = { ok: false, rule, hop, ...(member && { member }) };
  await write(name, { about, options: others, chain, verdict: refusal ? refused : accepted(chain, others) });
}
await writeFile(join(target, "proofs.json"), `${JSON.stringify({ cases: await makeProofs() }, null, 2)}\n`);
console.log(`${names.size} chains in ${folder}`);
