/** `npm run example -- NAME`: stories that are told to the end, and what docs/quickstart.md puts around the gateway. */
import { buildCore, buildWorker } from "../local/build.ts";
import { endPlainly } from "../local/end-plainly.ts";
import { portFrom, refuseTaken } from "../local/listening.ts";

const HELP = `usage: npm run example -- NAME

  agents           three hops to a tool over MCP, told step by step
  domains          a task that crosses to another company
  task             what a task may do, what it remembers, and what ends it
  mcp              a stock MCP client signs a person in, knowing nothing but the URL
  orders-api       an API for docs/quickstart.md (Express); stays up
  openid-provider  an OpenID provider for docs/quickstart.md (oidc-provider); stays up

The last two read GATEWAY (default http://127.0.0.1:8787) and PORT (default 9001 and 9002).`;

const gateway = process.env["GATEWAY"] ?? "http://127.0.0.1:8787";

/** Loaded when they are asked for: nobody waits for what another needs. */
const EXAMPLES: Readonly<Record<string, () => Promise<void>>> = {
  agents: () => tell(async () => (await import("./agents.ts")).agents),
  domains: () => tell(async () => (await import("./two-domains.ts")).twoDomains),
  task: () => tell(async () => (await import("./task/run.ts")).task),
  mcp: () => tell(async () => (await import("./mcp-client.ts")).mcpClient),
  "orders-api": () => stay("orders API", 9001, async () => (await import("./quickstart/orders-api.ts")).startOrdersApi),
  "openid-provider": () =>
    stay("OpenID provider", 9002, async () => (await import("./quickstart/openid-provider.ts")).startOpenIdProvider),
};

type Story = (tell: (line: string) => void) => Promise<void>;
async function tell(load: () => Promise<Story>): Promise<void> {
  console.log("building the core and the Worker ...");
  await buildCore();
  await buildWorker("config/local.toml");
  await (await load())((line) => console.log(line));
  process.exit(0);
}

type Start = (port: number, gateway: string) => Promise<unknown>;
async function stay(what: string, otherwise: number, load: () => Promise<Start>): Promise<void> {
  const port = portFrom("PORT", otherwise);
  await refuseTaken(`127.0.0.1:${port}`, "set PORT");
  await (await load())(port, gateway);
  console.log(`${what} on http://127.0.0.1:${port}`);
}

const name = process.argv[2] ?? "";
if (name === "--help" || name === "-h") console.log(HELP);
else if (Object.hasOwn(EXAMPLES, name)) await endPlainly(`example ${name}`, (EXAMPLES[name] as () => Promise<void>)());
else {
  console.error(`example: ${name === "" ? "which one?" : `there is no example \`${name}\``} (--help lists them)`);
  process.exitCode = 2;
}
