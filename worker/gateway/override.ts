/** What a caller sends to override a denial: the id of an approval, or the reason for break-glass. */
import { DisplayString, parseItem } from "structured-headers";
import type { Route } from "../config.ts";
import { HopError } from "../errors.ts";
import type { Presentation } from "../presentation.ts";

/** @throws HopError `approval_malformed`, `emergency_*` */
export function overrideOf(headers: Headers, route: Route): Pick<Presentation, "unverifiedApproval" | "emergency"> {
  const unverifiedApproval = headers.get("hop-approval") ?? undefined;
  if (unverifiedApproval !== undefined && !/^[0-9a-f-]{36}$/.test(unverifiedApproval))
    throw new HopError("approval_malformed");
  const reason = headers.get("hop-break-glass");
  if (reason === null) return { unverifiedApproval, emergency: undefined };
  const emergency = textOf(reason)?.trim();
  if (emergency === undefined || emergency.length < 10 || emergency.length > 500)
    throw new HopError("emergency_malformed");
  if (!route.break_glass) throw new HopError("emergency_refused");
  return { unverifiedApproval, emergency };
}

/** A String or Display String (RFC 9651, section 3.3); undefined for anything else. */
function textOf(field: string): string | undefined {
  try {
    const [value] = parseItem(field);
    if (value instanceof DisplayString) return value.toString();
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}
