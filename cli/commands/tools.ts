/** `hopgate tools`: the arguments of an MCP server's tools, as the configuration of a route and as types of Cedar. */
import { Command } from "commander";
import { readInput } from "../input.ts";
import { listTools } from "../list-tools.ts";
import { importTools, type ListedTool, toCedar, toToml, unseenArguments } from "../tools.ts";

interface ImportOptions {
  readonly action?: string;
  readonly header?: readonly string[];
  readonly cedar?: boolean;
}

export function toolsCommand(): Command {
  const command = new Command("tools").description("declare the tools of MCP servers");
  command
    .command("import")
    .description(
      "print the tools of a route, each pinned to its server's current description; read them before you use them",
    )
    .argument("<source>", "the server's URL, or @FILE or - with the result of tools/list as JSON")
    .option("--action <name>", "the Cedar action and the scope of all of them (default: one for each, tools:NAME)")
    .option("--header <header>", "sent to the server, such as its own credential; may be repeated", collect)
    .option("--cedar", "print the types and actions of policies/schema.cedarschema instead")
    .addHelpText(
      "after",
      "\nExample:\n  hopgate tools import https://tools.internal.example.com/mcp --action orders:read >> hopgate.toml",
    )
    .action(async (source: string, { action, header = [], cedar }: ImportOptions) => {
      const { today, before } = /^https?:\/\//.test(source)
        ? await listTools(source, headersOf(header))
        : { today: await readList(source), before: [] };
      const tools = today.length > 0 ? today : before;
      const imported = importTools(tools, before, action);
      for (const tool of tools)
        for (const name of unseenArguments(tool))
          console.error(
            `${tool.name}: policies cannot see ${JSON.stringify(name)}, which is not a string, number, bool or list of strings`,
          );
      process.stdout.write(cedar ? toCedar(imported) : toToml(imported));
    });
  return command;
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function headersOf(headers: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    headers.map((header) => {
      const [name, value] = [header.slice(0, header.indexOf(":")), header.slice(header.indexOf(":") + 1)];
      if (!header.includes(":")) throw new Error("a header must be `name: value`");
      return [name.trim(), value.trim()];
    }),
  );
}

async function readList(source: string): Promise<readonly ListedTool[]> {
  const read = JSON.parse(await readInput(source, "list of tools")) as { tools?: readonly ListedTool[] };
  if (!Array.isArray(read.tools)) throw new Error("it has no `tools`");
  return read.tools;
}
