/** What the programs of a broker are told, and what they tell: a producer, a consumer and a broker that are killed. */

import type { PrivateKey } from "../../../sdk/keys.ts";
import type { Client, Consuming } from "./client.ts";

/** The one argument of both programs, as JSON. */
export interface Setting {
  readonly broker: "amqp" | "jetstream";
  readonly port: number;
  readonly folder: string;
  readonly consuming: Consuming;
  readonly producing: { readonly chain: string; readonly key: PrivateKey; readonly to: string; readonly scope: string };
}

const CLIENTS: Record<Setting["broker"], () => Promise<{ connectTo(port: number): Promise<Client> }>> = {
  amqp: () => import("./amqp.ts"),
  jetstream: () => import("./jetstream.ts"),
};

export async function connect({ broker, port }: Pick<Setting, "broker" | "port">): Promise<Client> {
  return (await CLIENTS[broker]()).connectTo(port);
}
