/** Under which id a message is delivered: redelivered it comes under the same, and under no other. */
import type { Delivery } from "./admission.ts";

/** Ties the message to the id where it is tied to none. @returns false where it came under another before */
export function holdDelivery({ message, delivery, expires }: Delivery, sql: SqlStorage): boolean {
  sql.exec("INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?)", message, delivery, expires);
  const { delivery: first } = sql
    .exec<{ delivery: string }>("SELECT delivery FROM deliveries WHERE message = ?", message)
    .one();
  return first === delivery;
}
