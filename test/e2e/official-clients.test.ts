/** The official MCP clients sign in from the URL alone, list, call, and ask for more scope when a tool needs it. */
import {
  DpopSession,
  Client as NewClient,
  StreamableHTTPClientTransport as NewTransport,
  type OAuthClientProvider,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Page } from "../../examples/browser.ts";
import { CALLBACK, type Door, newBrowser, startDoor } from "./door.ts";

let door: Door;
beforeAll(async () => {
  door = await startDoor();
});
afterAll(() => door.stop());

interface Held extends OAuthClientProvider {
  /** Where the client sent the person last. */
  sentTo: URL | undefined;
  readonly kept: { client?: unknown; tokens?: { access_token: string; scope?: string }; verifier?: string };
}

/** What a host application keeps in memory. */
function provider(more: object = {}): Held {
  const kept: Held["kept"] = {};
  const held = {
    kept,
    sentTo: undefined as URL | undefined,
    redirectUrl: CALLBACK,
    clientMetadata: {
      client_name: "Official client",
      redirect_uris: [CALLBACK],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
    state: () => crypto.randomUUID(),
    clientInformation: () => kept.client as never,
    saveClientInformation: (client: unknown) => void Object.assign(kept, { client }),
    tokens: () => kept.tokens as never,
    saveTokens: (tokens: unknown) => void Object.assign(kept, { tokens }),
    redirectToAuthorization: (url: URL) => void Object.assign(held, { sentTo: url }),
    saveCodeVerifier: (verifier: string) => void Object.assign(kept, { verifier }),
    codeVerifier: () => kept.verifier as string,
    ...more,
  };
  return held as unknown as Held;
}

const browser = newBrowser();

/** The person allows what the client asks. */
async function allowAll(auth: Held): Promise<Page> {
  const page = await browser.go((auth.sentTo as URL).href);
  expect(page.text).toContain("wants to act for you");
  const scopes = [...page.text.matchAll(/name="scope" value="([^"]+)"/g)].map(([, scope]) => scope as string);
  return browser.send(page, "/oauth/authorize", { decision: "allow", scope: scopes });
}

const textOf = (result: unknown): string => (result as { content: { text: string }[] }).content[0]?.text ?? "";

describe("@modelcontextprotocol/sdk", () => {
  test("registers, sends the person to sign in, connects, lists and calls", async () => {
    const auth = provider();
    const client = () => new Client({ name: "v1", version: "1.0.0" });
    const transport = () => new StreamableHTTPClientTransport(new URL(door.mcp), { authProvider: auth as never });
    const first = transport();
    await expect(client().connect(first as never)).rejects.toThrow("Unauthorized");
    expect(auth.sentTo?.searchParams.get("scope")).toBe("orders:read");
    expect(auth.sentTo?.searchParams.get("resource")).toBe(door.mcp);
    const back = await allowAll(auth);
    await first.finishAuth(back.url.searchParams.get("code") as string);

    const connected = client();
    const second = transport();
    await connected.connect(second as never);
    // A list holds what the scopes and the policies could allow.
    expect((await connected.listTools()).tools.map(({ name }) => name)).toEqual(["get_order"]);
    const told = textOf(await connected.callTool({ name: "get_order", arguments: { order: "17" } }));
    expect(JSON.parse(told).claims).toMatchObject({ sub: "alice", sub_id: { iss: door.company.issuer } });

    await connected.close();
  });
});

describe("@modelcontextprotocol/client", () => {
  test("does the same, checks the issuer of the answer, and steps up", async () => {
    const auth = provider();
    const first = new NewTransport(new URL(door.mcp), { authProvider: auth });
    await expect(new NewClient({ name: "v2", version: "1.0.0" }).connect(first)).rejects.toThrow(UnauthorizedError);
    const back = await allowAll(auth);
    const mixed = new URLSearchParams(back.url.searchParams);
    mixed.set("iss", "https://another.example");
    await expect(first.finishAuth(mixed)).rejects.toThrow();
    await first.finishAuth(back.url.searchParams);
    const client = new NewClient({ name: "v2", version: "1.0.0" });
    await client.connect(new NewTransport(new URL(door.mcp), { authProvider: auth }));
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["get_order"]);
    expect(textOf(await client.callTool({ name: "get_order", arguments: { order: "9" } }))).toContain('"order":"9"');

    // A tool that takes more: the client sends the person again, for both. (The older client renews its token instead,
    // and gives up.)
    auth.sentTo = undefined;
    const refund = client.callTool({ name: "refund_order", arguments: { order: "17", amount: 5 } });
    await expect(refund).rejects.toThrow(UnauthorizedError);
    const asked = (auth.sentTo as unknown as URL).searchParams.get("scope")?.split(" ");
    expect(asked?.sort()).toEqual(["orders:read", "refunds:write"]);
    await client.close();
  });

  test("with a key of its own gets a token that is bound to it, and may make refunds", async () => {
    const session = DpopSession.create();
    const auth = provider({ dpop: () => session });
    const first = new NewTransport(new URL(door.mcp), { authProvider: auth });
    await expect(new NewClient({ name: "v2", version: "1.0.0" }).connect(first)).rejects.toThrow(UnauthorizedError);
    const more = auth.sentTo as URL;
    more.searchParams.set("scope", "orders:read refunds:write");
    const back = await allowAll(auth);
    await first.finishAuth(back.url.searchParams);
    const token = auth.kept.tokens?.access_token as string;
    expect(decodeJwt(token)).toMatchObject({ cnf: { jkt: expect.any(String) }, max_hops: 3 });
    const client = new NewClient({ name: "v2", version: "1.0.0" });
    await client.connect(new NewTransport(new URL(door.mcp), { authProvider: auth }));
    // What nobody vouches for may do so only with a key: the policies see which it is.
    const told = textOf(await client.callTool({ name: "refund_order", arguments: { order: "17", amount: 5 } }));
    expect(told).toContain('"refunded":"17"');
    await client.close();
    // Sent as a bearer it is worth nothing.
    const stolen = await fetch(door.mcp, { method: "POST", headers: { authorization: `Bearer ${token}` }, body: "{}" });
    expect(stolen.status).not.toBe(200);
  });
});
