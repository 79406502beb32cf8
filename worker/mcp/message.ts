/** A JSON-RPC 2.0 message, as read. */

export type Json = Readonly<Record<string, unknown>>;

export interface Message {
  /** Absent in notifications. */
  readonly id: string | number | undefined;
  /** Absent in answers. */
  readonly method: string | undefined;
  readonly params: unknown;
  /** The message as a whole. */
  readonly whole: Json;
}
