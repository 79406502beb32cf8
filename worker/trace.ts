/** W3C Trace Context, Level 2: continues the caller's trace, with the gateway's span as the upstream's parent. */
import type { TraceContext } from "./presentation.ts";

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Continues a valid `traceparent`, else starts a trace (section 3.2.2; an invalid one drops `tracestate` too). */
export function continueTrace(headers: Headers): TraceContext {
  const parentId = randomHex(8);
  const [, version, traceId, caller, flags, rest] = TRACEPARENT.exec(headers.get("traceparent") ?? "") ?? [];
  const valid =
    version !== undefined &&
    version !== "ff" &&
    !(version === "00" && rest !== undefined) &&
    !/^0+$/.test(traceId as string) &&
    !/^0+$/.test(caller as string);
  if (!valid) return { traceId: randomHex(16), parentId, callerId: undefined, flags: "00", state: undefined };
  return {
    traceId: traceId as string,
    parentId,
    callerId: caller as string,
    flags: flags as string,
    state: headers.get("tracestate") ?? undefined,
  };
}

export function traceparent({ traceId, parentId, flags }: TraceContext): string {
  return `00-${traceId}-${parentId}-${flags}`;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function randomHex(bytes: number): string {
  let text = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(bytes))) text += HEX[byte];
  return text;
}
