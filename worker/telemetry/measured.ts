/** What is counted and traced of a request. */
import type { AuditRecord } from "../ledger/record.ts";

export interface MeasuredRequest extends Pick<AuditRecord, "id" | "time" | "outcome" | "rule" | "request" | "status"> {
  readonly decision?: { readonly policySet: string } | undefined;
}
