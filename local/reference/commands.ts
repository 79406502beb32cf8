/** docs/reference/commands.md: what `--help` prints, of every command. */
import type { Command } from "commander";
import { createProgram } from "../../cli/program.ts";
import { HELP as BACKUP } from "../../selfhost/backup.ts";
import { HELP as SELFHOST } from "../../selfhost/start.ts";
import { HELP as BUILD } from "../build.ts";
import { HELP as DEPLOY } from "../deploy.ts";

const program = await createProgram();

export function commandsPage(): string {
  return `# Commands

Every command with its options, as \`--help\` prints them. Run them as \`npm run hopgate -- COMMAND\`, or as \`hopgate COMMAND\` in a shell that
has read the \`env\` file of a folder that \`hopgate init\` wrote.

${block(helpOf(program))}

${program.commands.map((command) => commandText(command, "hopgate")).join("\n\n")}

## npm scripts

Each prints its usage with \`-- --help\`.

${[SELFHOST, BACKUP, DEPLOY, BUILD].map(block).join("\n\n")}

This page is printed by \`npm run docs\`.
`;
}

/** A command, and those below it. */
function commandText(command: Command, above: string): string {
  const name = `${above} ${command.name()}`;
  const below = command.commands.map((each) => `### ${name} ${each.name()}\n\n${block(helpOf(each))}`);
  const own = below.length === 0 ? block(helpOf(command)) : `${command.description()}.`;
  return [`## ${name}`, own, ...below].join("\n\n");
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => 110,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trim();
}

function block(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\``;
}
