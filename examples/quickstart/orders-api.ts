/** An API to put behind the gateway: orders, in Express. `npm run example -- orders-api` */
import type { Server } from "node:http";
import express from "express";
import { expressProvenance, type Provenance } from "hopgate/upstream";

/** @param gateway the gateway's id */
export async function startOrdersApi(port: number, gateway: string): Promise<Server> {
  const app = express();
  // Nothing passes but what the gateway forwarded: its token is for this API alone.
  app.use(expressProvenance({ issuer: gateway, audience: `http://127.0.0.1:${port}` }));
  app.get("/orders/:id", (request, response) => {
    response.json({ order: request.params.id, status: "shipped", ...whose(request) });
  });
  app.post("/orders/:id", (request, response) => {
    response.json({ order: request.params.id, status: "changed", ...whose(request) });
  });
  const server = app.listen(port, "127.0.0.1");
  await new Promise((ready, failed) => server.once("listening", ready).once("error", failed));
  return server;
}

/** For whom and through whom: what the gateway verified. */
function whose(request: object): object {
  const { subject, actors, scopes } = (request as { provenance: Provenance }).provenance;
  return { for: subject.sub, through: actors.map(({ sub }) => sub), scopes };
}
