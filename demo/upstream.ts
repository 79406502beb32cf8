/**
 * The demo upstream: an orders API that verifies the narrowed token with plain jose, as any upstream would, and the
 * identity provider's key set, which the gateway fetches. It also plays a vendor.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";
import { publicPart } from "../sdk/keys.ts";
import { type Company, NAMES } from "./company.ts";

/** The vendor's key: the gateway has it as a secret. */
export const CRM_KEY = "demo-key-of-the-crm-that-may-do-everything";

export interface Upstream {
  readonly url: string;
  /** Claims of the last narrowed token that was accepted. */
  lastToken(): JWTPayload | undefined;
  stop(): Promise<void>;
}

/** @param gateway where the gateway publishes its keys */
export async function startUpstream(company: Company, gateway: string, port: number): Promise<Upstream> {
  const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", gateway));
  let last: JWTPayload | undefined;
  const app = new Hono();
  app.get("/idp/jwks.json", (c) => c.json({ keys: [{ ...publicPart(company.idp), alg: "EdDSA", use: "sig" }] }));
  // Where the gateway tells people: here it is printed.
  app.post("/notices", async (c) => {
    const { type, data } = (await c.req.json()) as { type: string; data: { uri?: string; emergency?: string } };
    console.log(`\nnotice    ${type}  ${data.uri ?? data.emergency ?? ""}`);
    return c.body(null, 204);
  });
  // A vendor, which asks for its key and for nothing else.
  app.all("/crm/customers/:id", (c) => {
    if (c.req.header("x-api-key") !== CRM_KEY) return c.json({ error: "who are you?" }, 401);
    return c.json({ customer: c.req.param("id"), name: "Grace", email: "grace@example.com", did: c.req.method });
  });
  app.use(async (c, next) => {
    const token = c.req.header("authorization")?.replace(/^Bearer /, "") ?? "";
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: NAMES.gateway,
        audience: [NAMES.orders, NAMES.payments],
        typ: "hop-narrowed+jwt",
      });
      last = payload;
    } catch {
      return c.json({ error: "invalid_token" }, 401);
    }
    return next();
  });
  app.get("/orders/:id", (c) =>
    c.json({ order: c.req.param("id"), total: "49.90 EUR", for: last?.sub, by: c.req.header("hop-chain") }),
  );
  app.get("/exports/:name", (c) => c.json({ export: c.req.param("name"), orders: 1200, for: last?.sub }));
  app.post("/refunds", async (c) => c.json({ refunded: await c.req.json().catch(() => null), for: last?.sub }, 201));
  app.post("/payouts", (c) => c.json({ paid: true, for: last?.sub }, 201));

  const server: Server = createServer(getRequestListener(app.fetch));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lastToken: () => last,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
