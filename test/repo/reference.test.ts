/** The reference has every field, header, claim and type of token that the code has, and no others. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";
import * as v from "valibot";
import { expect, test } from "vitest";
import {
  ANSWER_HEADERS,
  HOP_CLAIMS,
  OAUTH_PARAMETERS,
  REQUEST_HEADERS,
  TOKEN_TYPES,
  UPSTREAM_HEADERS,
} from "../../local/reference/headers.ts";
import { fieldsOf } from "../../local/reference/schema.ts";
import { FIELD_TEXTS, FIRST_VERSION } from "../../local/reference/texts.ts";
import { MEMBERS } from "../../wasm/verdict.ts";
import { Config } from "../../worker/config.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const sources = ["worker", "wasm"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(root, folder, name), "utf8")),
);
const fields = fieldsOf(Config);

test("every field of the configuration has a text, and every text a field", () => {
  expect(Object.keys(FIELD_TEXTS).sort()).toEqual(fields.map(({ path }) => path).sort());
});

test("every field names a version of the changelog", () => {
  const versions = [...readFileSync(join(root, "CHANGELOG.md"), "utf8").matchAll(/^## (\S+) \(/gm)].map(
    ([, one]) => one,
  );
  expect(versions).toContain(FIRST_VERSION);
  for (const [path, { since = FIRST_VERSION }] of Object.entries(FIELD_TEXTS)) expect(versions, path).toContain(since);
});

test("every value has an example that the configuration accepts", () => {
  for (const { path, schema, type } of fields) {
    const { example } = FIELD_TEXTS[path] ?? {};
    expect(example === undefined, `${path} has no example`).toBe(/^(table|tables|table of table)$/.test(type));
    if (example === undefined) continue;
    const { value } = parse(`value = ${example}`) as { value: unknown };
    expect(v.safeParse(schema, value).issues?.[0]?.message, `${path} = ${example}`).toBeUndefined();
  }
});

test("every header of the project's own, and every credential, is listed", () => {
  const own =
    /"(hop-(?:subject|chain|txn|decision|approval|break-glass|message)|txn-token|workload-[a-z]+-token|dpop-nonce|www-authenticate)"/g;
  const used = new Set(sources.flatMap((text) => [...text.matchAll(own)].map(([, name]) => name as string)));
  const listed = [REQUEST_HEADERS, UPSTREAM_HEADERS, ANSWER_HEADERS].flatMap((rows) => Object.keys(rows));
  expect(used.size).toBeGreaterThan(8);
  expect(listed.map((name) => name.toLowerCase())).toEqual(expect.arrayContaining([...used]));
});

test("every claim and header parameter that the core reads is listed", () => {
  expect(Object.keys(HOP_CLAIMS).sort()).toEqual(MEMBERS.filter((name) => name !== "").toSorted());
});

test("every parameter of the authorization server is listed", () => {
  const read = /parameters\s*\.(?:get|need)\("(\w+)"\)|readObject\("(\w+)"/g;
  const names = sources.flatMap((text) => [...text.matchAll(read)].map(([, name, object]) => name ?? object));
  expect(Object.keys(OAUTH_PARAMETERS).sort()).toEqual([...new Set(names)].sort());
});

test("every type of token is listed", () => {
  const used = sources.flatMap((text) => [...text.matchAll(/"([a-z-]+\+jwt)"/g)].map(([, name]) => name as string));
  const foreign = ["token-introspection+jwt"];
  expect(Object.keys(TOKEN_TYPES).sort()).toEqual([...new Set(used)].filter((name) => !foreign.includes(name)).sort());
});
