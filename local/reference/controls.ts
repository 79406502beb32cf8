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

Which controls of published catalogues Hopgate implements, by which feature and configuration. For auditors, and those who answer them. The
evidence is not on this page: a running gateway prints it, from its configuration, registry, releases and ledger at that time.

\`\`\`
npm run hopgate -- report --controls            # every control with its evidence
npm run hopgate -- report --controls --json     # the same for a program: each fact once, by its name
\`\`\`

The tables say which controls Hopgate does not address. Auditors must judge what the evidence means for an organisation; this page certifies
nothing.

${tables.join("\n\n")}

This page is written by \`npm run docs\`.
`;
}
