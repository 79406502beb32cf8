/** Sends a request that people must approve, and again once they have. */
import { HopgateError, refusalOf } from "./errors.ts";
import { pause } from "./pause.ts";

export interface Waiting {
  /** Sends requests with the chain: `chainFetch`. */
  readonly call: (request: Request) => Promise<Response>;
  /** Told where the request is decided, once, as soon as that is known. */
  readonly asked?:
    | ((approval: { readonly id: string; readonly uri: string; readonly expires: number }) => void)
    | undefined;
  /** Seconds between looks; default 5. */
  readonly every?: number | undefined;
  /** Ends the waiting; the request is not sent again. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request. Where the policies ask people, it waits until they have approved, and sends the same request again with the
 * approval. Other answers are returned as they come.
 *
 * @example
 * ```ts
 * const call = chainFetch({ chain, key });
 * const answer = await sendApproved(new Request(url, { method: "POST", body }), { call, asked: ({ uri }) => console.log(uri) });
 * ```
 *
 * @throws HopgateError `refused` where it was refused or ran out, with the `refusal`; the signal's reason where that ends it
 */
export async function sendApproved(request: Request, { call, asked, every = 5, signal }: Waiting): Promise<Response> {
  const first = await call(request.clone());
  const approval = first.status === 403 ? (await refusalOf(first)).approval : undefined;
  if (approval === undefined) return first;
  asked?.(approval);
  for (;;) {
    await pause(every * 1000, signal);
    const again = new Request(request.clone());
    again.headers.set("hop-approval", approval.id);
    const answer = await call(again);
    if (answer.status !== 403) return answer;
    const refusal = await refusalOf(answer);
    if (refusal.rule !== "approval_pending") throw new HopgateError("refused", refusal.description, { refusal });
  }
}
