/** Sends a request, and sends it again once people have approved it. */
import { HopgateError, refusalOf } from "./errors.ts";
import { pause } from "./pause.ts";

export interface Waiting {
  /** Sends requests with the chain: `chainFetch`. */
  readonly call: (request: Request) => Promise<Response>;
  /** Called once with the page where the request is decided, as soon as that is known. */
  readonly asked?:
    | ((approval: { readonly id: string; readonly uri: string; readonly expires: number }) => void)
    | undefined;
  /** Seconds between checks; default 5. */
  readonly every?: number | undefined;
  /** Ends the waiting; the request is not sent again. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request. If the policies require an approval, it waits until people have approved, and sends the same request
 * again with the approval. Other answers are returned unchanged.
 *
 * @example
 * ```ts
 * const call = chainFetch({ chain, key });
 * const answer = await sendApproved(new Request(url, { method: "POST", body }), { call, asked: ({ uri }) => console.log(uri) });
 * ```
 *
 * @throws HopgateError `refused` if the approval was refused or has expired, with the `refusal`; the signal's reason if
 * the signal ends it
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
