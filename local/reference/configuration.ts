/** docs/reference/configuration.md: every field of the configuration, from its schema. */
import { Config } from "../../worker/config.ts";
import { type Field, fieldsOf } from "./schema.ts";
import { FIELD_TEXTS, FIRST_VERSION } from "./texts.ts";

export function configurationPage(): string {
  const fields = fieldsOf(Config);
  const sections = fields.filter(({ path }) => /^\w+$/.test(path));
  return `# Configuration: every field

Every field of the TOML file. [Configuration](../configuration.md) explains how it is used; \`hopgate init\` writes a first one. Unknown
fields are errors. Numbers are whole; their range is in parentheses. NAME stands for a name that you choose, METHOD for an HTTP method, and
*since* is the version that added the field.

${sections.map((section) => sectionText(section, fields)).join("\n\n")}

This page is printed from the schema (\`worker/config.ts\`) by \`npm run docs\`.
`;
}

function sectionText({ path, type, required }: Field, fields: readonly Field[]): string {
  const isList = type === "tables";
  const prefix = isList ? `${path}[].` : `${path}.`;
  const rows = fields.filter((field) => field.path.startsWith(prefix)).map((field) => row(field, prefix));
  const need = required ? (isList ? " At least one is required." : " Required.") : "";
  return `## ${isList ? `[[${path}]]` : `[${path}]`}

${FIELD_TEXTS[path]?.what}${need}

| field | type | default | example | since | |
|---|---|---|---|---|---|
${rows.join("\n")}`;
}

function row({ path, type, default: otherwise, required }: Field, prefix: string): string {
  const { what, example, since = FIRST_VERSION } = FIELD_TEXTS[path] ?? { what: "" };
  const code = (text: string | undefined): string => (text === undefined ? "" : `\`${text}\``);
  const [, name, kinds = ""] = /^(.*?)( \(.*\))?$/.exec(path.slice(prefix.length)) as unknown as [
    string,
    string,
    string?,
  ];
  const standing = required ? "required" : code(otherwise);
  return `| \`${name}\`${kinds} | ${type} | ${standing} | ${code(example)} | ${since} | ${what} |`;
}
