/** docs/controls.md: controls of published catalogues, from the table of the command line. */
import { CATALOGUES } from "../../cli/controls/catalogues.ts";
import type { Control } from "../../cli/controls/control.ts";

function row({ id, title, does, set, evidence }: Control): string {
  const fields = set.map((field) => (field.startsWith("`") ? field : `\`${field}\``)).join(", ");
  return `| ${id} | ${title} | ${does} | ${fields} | ${evidence.map((name) => `\`${name}\``).join(", ")} |`;
}

/** The text of docs/controls.md. */
export function controlsPage(): string {
  const tables = CATALOGUES.map(
    ({ name, controls }) => `## ${name}

| | control | what Hopgate does | set by | evidence |
|---|---|---|---|---|
${controls.map(row).join("\n")}`,
  );
  return `# Controls

Which controls of published catalogues Hopgate serves, by which feature and configuration, and what shows it. The evidence is not this
page: a running gateway prints it, from its configuration, its registry, its releases and its ledger as they are then.

\`\`\`
npm run hopgate -- report --controls            # every control with its evidence
npm run hopgate -- report --controls --json     # the same for a program: each fact once, by its name
\`\`\`

A control that Hopgate does not address says so. What a fact means for an organisation is for its auditors to say; no catalogue is
certified by this page.

${tables.join("\n\n")}

This page is written by \`npm run docs\`.
`;
}
