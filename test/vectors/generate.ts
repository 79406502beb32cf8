/**
 * Writes the chain vectors: `node test/vectors/generate.ts`. Everything follows from names and one fixed time, so the
 * files change only when a rule does. README.md says what is in a file.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { ATTACKS, GOOD } from "./attacks.ts";
import { CAST, keyNamed } from "./craft.ts";

/** 2026-11-24T00:00:00Z */
const NOW = 1795478400;
const folder = fileURLToPath(new URL("chains/", import.meta.url));

const options = {
  now: NOW,
  skew: 5,
  max_hops: 8,
  max_bytes: 16384,
  audiences: [CAST.gateway, "https://orders.acme.example"],
  issuers: [{ issuer: CAST.issuer, types: ["at+jwt"], keys: [{ ...(await keyNamed("idp")).jwk, kid: "idp-1" }] }],
};

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const write = (name: string, vector: object): Promise<void> =>
  writeFile(`${folder}${name}.json`, `${JSON.stringify(vector, null, 2)}\n`);

for (const { name, about, build } of GOOD) {
  await write(name, { about, options, chain: await build(NOW), verdict: { ok: true } });
}
for (const { name, about, rule, hop, member, build } of ATTACKS) {
  await write(name, {
    about,
    options,
    chain: await build(NOW),
    verdict: { ok: false, rule, hop, ...(member && { member }) },
  });
}
console.log(`${GOOD.length} good and ${ATTACKS.length} bad chains in ${folder}`);
