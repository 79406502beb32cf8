/** Notices to people: CloudEvents 1.0 by POST (structured mode), signed by the gateway's key. */
import { digestOf } from "../trust/content-digest.ts";
import { signMessage } from "../trust/message-signature.ts";
import type { Signer } from "../trust/signing.ts";

/** A CloudEvent on its way through the queue. */
export interface Notice {
  readonly specversion: "1.0";
  readonly type: string;
  readonly source: string;
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  readonly data: object;
}

const COMPONENTS = ["@method", "@target-uri", "content-type", "content-digest"];
const TIMEOUT_MS = 10_000;

/** @throws Error if the receiver does not accept it; the queue then tries again */
export async function deliver(
  notice: Notice,
  url: string,
  signer: Signer,
  edges: { fetch(request: Request): Promise<Response>; now(): number },
): Promise<void> {
  const body = JSON.stringify(notice);
  const unsigned = new Request(url, {
    method: "POST",
    headers: {
      "content-type": "application/cloudevents+json",
      "content-digest": await digestOf(new TextEncoder().encode(body)),
    },
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const terms = { tag: "hopgate-notice", created: Math.floor(edges.now() / 1000) };
  const headers = await signMessage(unsigned, COMPONENTS, terms, signer);
  const answer = await edges.fetch(new Request(unsigned, { headers }));
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`the receiver of notices answered ${answer.status}`);
}
