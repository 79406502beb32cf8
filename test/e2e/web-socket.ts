/** WebSockets through the gateway, as callers open them. */
import { WebSocket } from "ws";
import { chainNow, proofFor, type World } from "./harness.ts";

export interface Opening {
  /** Default: that of the route `orders`. */
  readonly path?: string;
  readonly chain?: string;
  readonly protocols?: string[];
}

export const PATH = "/orders/socket";
export const addressOf = ({ url }: Pick<World, "url">, path = PATH): string => url.replace("http", "ws") + path;

/** Begins to open one, with a chain and a proof. */
export async function beginSocket(
  world: Pick<World, "url">,
  { path = PATH, chain, protocols = [] }: Opening = {},
): Promise<WebSocket> {
  const presented = chain ?? (await chainNow());
  const dpop = await proofFor(world, presented, { path });
  return new WebSocket(addressOf(world, path), protocols, { headers: { authorization: `DPoP ${presented}`, dpop } });
}

/** @returns one that is open */
export async function openSocket(world: Pick<World, "url">, opening?: Opening): Promise<WebSocket> {
  const socket = await beginSocket(world, opening);
  await new Promise((resolve, reject) => void socket.once("open", resolve).once("error", reject));
  return socket;
}

export const nextMessage = (socket: WebSocket): Promise<string> =>
  new Promise((resolve) => void socket.once("message", (data) => resolve(String(data))));

/** @returns code and reason */
export const closing = (socket: WebSocket): Promise<[number, string]> =>
  new Promise((resolve) => void socket.once("close", (code, reason) => resolve([code, String(reason)])));
