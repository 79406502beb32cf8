/** An API that is not on the loopback, as another container of a private network is not. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";

export interface Neighbour {
  /** False if this machine has no other address than the loopback. */
  readonly isPrivate: boolean;
  /** The route to it, for the configuration. */
  readonly route: string;
  stop(): void;
}

export async function startNeighbour(): Promise<Neighbour> {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const address = own.find(({ family, internal }) => family === "IPv4" && !internal)?.address;
  const server = createServer(({ url, headers }, response) =>
    response.end(`the neighbour: ${url}, ${headers.authorization?.split(" ")[0]}`),
  );
  await once(server.listen(0, address ?? "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const route = `
[[routes]]
id = "neighbour"
api = "orders-api"
path = "/neighbour/*"
upstream = "http://${address ?? "127.0.0.1"}:${port}"
allow_http = true
audience = "https://orders.acme.example"
sensitivity = "low"
[routes.methods]
GET = { action = "orders:read", scopes = ["orders:read"] }
`;
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { isPrivate: address !== undefined, route, stop };
}
