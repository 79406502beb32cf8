/** One broker as the tests use it, whatever its public client is. */
import type { Handler, NotActed } from "../../../sdk/brokers/act.ts";
import type { PrivateKey } from "../../../sdk/keys.ts";

export interface Client {
  /** @returns when the broker has it on record */
  publish(payload: string, envelope: string): Promise<void>;
  /** The same without an envelope. */
  publishUnsealed(payload: string): Promise<void>;
  /** Consumes until the process ends. */
  consume(options: Consuming, handle: Handler<Uint8Array>): Promise<void>;
  /** Takes the next dead letter, if there is one. @returns its payload, and why it was given up */
  takeDead(): Promise<{ readonly payload: string; readonly reason: string } | undefined>;
  close(): Promise<void>;
}

export interface Consuming {
  readonly route: string;
  readonly issuer: string;
  readonly audience: string;
  readonly key: PrivateKey;
  readonly delay: number;
  readonly attempts?: number;
  readonly deadLetter?: boolean;
  readonly report?: (outcome: NotActed) => void;
}
