/** A vendor with single-use refresh tokens, whose API knows the valid access tokens. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface BenchVendor {
  readonly origin: string;
  /** Refresh tokens that it has taken, by name of the account. */
  readonly renewals: Map<string, number>;
  /** Tokens of an account that is connected, and in force or over. */
  connect(
    account: string,
    inForce: boolean,
  ): { readonly access: string; readonly refresh: string; readonly until: number };
  stop(): Promise<void>;
}

/** Milliseconds since the epoch: over, and not over as long as a bench lasts. */
const OVER = 1;
const LATER = 32_503_680_000_000;

export interface VendorHooks {
  /** Awaited when a refresh token has been taken, before it is answered. */
  taken?(): Promise<void>;
  /** Called when the answer has been written. */
  answered?(): void;
}

export async function startBenchVendor(hooks: VendorHooks = {}): Promise<BenchVendor> {
  const access = new Map<string, string>();
  const refresh = new Map<string, string>();
  const renewals = new Map<string, number>();
  const issue = (account: string) => {
    const tokens = { access_token: crypto.randomUUID(), refresh_token: crypto.randomUUID() };
    access.set(tokens.access_token, account);
    refresh.set(tokens.refresh_token, account);
    return tokens;
  };
  const server = createServer(async (request, response) => {
    if (request.url !== "/token") {
      const account = access.get((request.headers.authorization ?? "").replace("Bearer ", ""));
      return void response.writeHead(account === undefined ? 401 : 200).end(JSON.stringify({ account }));
    }
    const sent = new URLSearchParams(await text(request)).get("refresh_token") ?? "";
    const account = refresh.get(sent);
    refresh.delete(sent);
    response.setHeader("content-type", "application/json");
    if (account === undefined) return void response.writeHead(400).end('{"error":"invalid_grant"}');
    renewals.set(account, (renewals.get(account) ?? 0) + 1);
    const issued = JSON.stringify({ ...issue(account), token_type: "Bearer", expires_in: 3600 });
    await hooks.taken?.();
    response.end(issued, () => hooks.answered?.());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    renewals,
    connect: (account, inForce) => {
      const { access_token, refresh_token } = issue(account);
      if (!inForce) access.delete(access_token);
      return { access: access_token, refresh: refresh_token, until: inForce ? LATER : OVER };
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
