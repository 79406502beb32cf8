/** Clients by metadata document while many hosts do not answer, each at an address of its own on the loopback. */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, CALLBACK, type Door, publish, startDoor } from "./door.ts";

const SLOW = 80;

let door: Door;
let slow: Server;
let hosts: string[];
/** What is awaited. */
const waiting = new Set<ServerResponse>();
/** Hosts that answer by now. */
const answering = new Set<string>();
beforeAll(async () => {
  slow = createServer((request, response) => {
    const host = request.headers.host as string;
    if (answering.has(host)) {
      const id = `http://${host}/c`;
      const document = { client_id: id, client_name: "Slow Helper", redirect_uris: [CALLBACK] };
      return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document));
    }
    waiting.add(response);
  });
  await new Promise<void>((resolve) => slow.listen(0, "0.0.0.0", resolve));
  const { port } = slow.address() as AddressInfo;
  hosts = Array.from({ length: SLOW }, (_, at) => `127.0.0.${at + 2}:${port}`);
  door = await startDoor({ clientHosts: hosts });
});
afterAll(async () => {
  for (const response of waiting) response.writeHead(404).end();
  await door.stop();
  slow.closeAllConnections();
  await new Promise((resolve) => slow.close(resolve));
});

/** What a browser is answered that a client sends: 303 to the provider, or why not. */
async function sent(client: string): Promise<number> {
  const { url } = await ask(door, client);
  return (await fetch(url, { redirect: "manual" })).status;
}

test("80 hosts that do not answer do not delay other clients, and are asked again when they answer", async () => {
  const flood = hosts.map((host) => sent(`http://${host}/c`));
  await expect.poll(() => waiting.size).toBeGreaterThan(50);
  for (let at = 0; at < 20; at++) expect(await sent(publish(door, `/other-${at}.json`))).toBe(303);
  expect(await Promise.all(flood)).toEqual(Array.from({ length: SLOW }, () => 503));
  const again = hosts[0] as string;
  answering.add(again);
  // At once if it gave way to others; after five seconds if its time was over.
  await expect.poll(() => sent(`http://${again}/c`)).toBe(303);
});
