/** The id under which a message was first delivered: every redelivery must use the same one. */
import type { Delivery } from "./admission.ts";

/** Whether the message was admitted under another id before. */
export function isRedelivered({ message, delivery }: Delivery, sql: SqlStorage): boolean {
  const [first] = sql
    .exec<{ delivery: string }>("SELECT delivery FROM deliveries WHERE message = ?", message)
    .toArray();
  return first !== undefined && first.delivery !== delivery;
}

/** Ties the message to the id under which it is admitted. */
export function holdDelivery({ message, delivery, expires }: Delivery, sql: SqlStorage): void {
  sql.exec("INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?)", message, delivery, expires);
}
