/**
 * A stock MCP client signs in from nothing but the URL: alice sees who asks, allows it, and takes it back.
 * `npm run example -- mcp`
 */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { newKey } from "hopgate/client";
import { freePort } from "../local/free-port.ts";
import { openBrowser } from "./browser.ts";
import { startCompany } from "./company.ts";
import { startMcpServer } from "./mcp-server.ts";
import { startExample } from "./world.ts";

/** Where the client waits for the browser. */
const CALLBACK = "http://127.0.0.1:4711/callback";

/** A client that gave itself its name may read orders, if a person has let it use the tools, and no more. */
const POLICIES = `
@id("told-clients-read")
permit (principal is ToldWorkload, action in [Action::"mcp:session", Action::"orders:read"], resource == Route::"tools")
when { context has purpose && context.purpose == "consent/tools" };
`;

type Provider = NonNullable<
  NonNullable<ConstructorParameters<typeof StreamableHTTPClientTransport>[1]>["authProvider"]
>;

/** What a host application keeps in memory. */
function inMemory(): Provider & { sentTo: URL | undefined } {
  let [information, tokens, verifier]: unknown[] = [];
  return {
    sentTo: undefined,
    redirectUrl: CALLBACK,
    clientMetadata: { client_name: "Desk helper", redirect_uris: [CALLBACK] },
    clientInformation: () => information as never,
    saveClientInformation: (given) => {
      information = given;
    },
    tokens: () => tokens as never,
    saveTokens: (given) => {
      tokens = given;
    },
    // What the server no longer takes is forgotten, so that the person is asked again.
    invalidateCredentials: () => {
      tokens = undefined;
    },
    codeVerifier: () => verifier as string,
    saveCodeVerifier: (given) => {
      verifier = given;
    },
    redirectToAuthorization(url) {
      this.sentTo = url;
    },
  } as ReturnType<typeof inMemory>;
}

/** @param tell what a reader sees */
export async function mcpClient(tell: (line: string) => void): Promise<void> {
  const [port, serverPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const company = await startCompany([`${url}/oauth/callback`], "hopgate");
  const values = {
    GATEWAY: url,
    COMPANY: company.issuer,
    IDP_KEY: (await newKey()).x,
    MCP_SERVER: `http://127.0.0.1:${serverPort}`,
  };
  const secrets = { CONSOLE_CLIENT_SECRET: "console-secret" };
  const gateway = await startExample("mcp.toml", values, { port, policies: POLICIES, secrets });
  const audience = "https://tools.acme.example";
  const server = await startMcpServer({ gateway: url, issuer: url, audience, port: serverPort });
  const connect = async (auth: ReturnType<typeof inMemory>) => {
    const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { authProvider: auth });
    const client = new Client({ name: "desk-helper", version: "1.0.0" });
    await client.connect(transport as Parameters<Client["connect"]>[0]).catch(async (error: unknown) => {
      if (auth.sentTo === undefined) throw error;
      const back = await allow(auth.sentTo);
      await transport.finishAuth(back);
    });
    return client;
  };
  const browser = openBrowser((address) => address.port === "4711");
  const allow = async (address: URL): Promise<string> => {
    tell(`the client sends alice to ${address.origin}${address.pathname}, for ${address.searchParams.get("scope")}`);
    const page = await browser.go(address.href);
    tell(`she reads: ${/<p><strong>.*?<\/p>/.exec(page.text)?.[0].replace(/<[^>]+>/g, "")}`);
    const back = await browser.send(page, "/oauth/authorize", { decision: "allow", scope: "orders:read" });
    return back.url.searchParams.get("code") as string;
  };
  try {
    const auth = inMemory();
    await connect(auth);
    const client = await connect(auth);
    tell(`it finds ${(await client.listTools()).tools.map(({ name }) => name).join(", ")}`);
    const call = async (): Promise<string> => {
      const result = await client.callTool({ name: "get_order", arguments: { order: "17" } });
      return (result["content"] as { text: string }[])[0]?.text ?? "";
    };
    tell(`the tool says: ${await call()}`);
    const mine = await browser.go(`${url}/me`);
    const id = /name="id" value="([^"]+)"/.exec(mine.text)?.[1] as string;
    await browser.send(mine, "/me/end", { id });
    tell("alice takes it back at /me");
    auth.sentTo = undefined;
    const refused = await call().catch((error: unknown) => (error as Error).message);
    tell(`the client is refused (${refused}), and sends her to sign in again: ${auth.sentTo !== undefined}`);
  } finally {
    server.closeAllConnections();
    server.close();
    await gateway.stop();
    await company.stop();
  }
}
