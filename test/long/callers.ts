/** Callers who send one request after another, and remember what they were answered. */
import { decodeJwt } from "jose";
import { Client } from "undici";
import type { LoadRequest } from "../../bench/load.ts";

export interface Answer {
  readonly request: LoadRequest;
  readonly status: number;
  /** Id of the decision; empty if the answer has none. */
  readonly decision: string;
  /** The rule that refused it. */
  readonly rule: string | undefined;
  /** Milliseconds since the epoch: when the request was sent. */
  readonly sent: number;
}

/** Milliseconds after which no answer is expected any more. */
const NO_ANSWER_MS = 15_000;

/**
 * Each connection sends until there are no more requests, or it is cut.
 *
 * @param answered told of each answer that came whole
 */
export async function sendAll(
  origin: string,
  requests: readonly LoadRequest[],
  connections: number,
  answered: (answer: Answer) => void,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new Client(origin, { pipelining: 1, headersTimeout: NO_ANSWER_MS });
      try {
        for (let request = requests[next++]; request !== undefined; request = requests[next++])
          answered(await ask(client, request));
      } catch {
        // The gateway has ended: nobody was answered.
      } finally {
        await client.destroy();
      }
    }),
  );
}

/** @throws Error if no whole answer comes */
export async function ask(client: Client, request: LoadRequest): Promise<Answer> {
  const sent = Date.now();
  const { method, path, headers: fields } = request;
  const { statusCode: status, headers, body } = await client.request({ method, path, headers: fields });
  const text = await body.text();
  const { decision, rule } = status === 200 ? {} : (JSON.parse(text) as { decision?: string; rule?: string });
  const named = headers["hop-decision"];
  const id = decision ?? (typeof named === "string" ? named.replaceAll('"', "") : "");
  return { request, status, decision: id, rule, sent };
}

/** What the identity provider calls the task of a request. */
export function txnOf({ headers }: Pick<LoadRequest, "headers">): string {
  const [root = ""] = (headers["authorization"] ?? "").replace("DPoP ", "").split("~");
  return decodeJwt(root)["txn"] as string;
}
