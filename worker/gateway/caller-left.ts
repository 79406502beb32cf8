/** Callers that close their connection before they are answered. */

/**
 * Ends an answer that nobody will read. workerd cancels a body only if the caller leaves while it is sent: one that is
 * returned for a caller that has left before stays open, with its connection to the upstream.
 *
 * @param caller aborts when the caller leaves
 */
export function endIfLeft({ body, webSocket }: Response, caller: AbortSignal): void {
  const end = (): void => {
    // A locked body is being sent.
    if (body !== null && !body.locked) body.cancel().catch(() => undefined);
  };
  if (!caller.aborted) {
    caller.addEventListener("abort", end);
    return;
  }
  end();
  webSocket?.accept();
  webSocket?.close();
}
