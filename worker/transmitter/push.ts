/** One attempt to push a SET to its receiver (RFC 8935). */
import * as v from "valibot";
import { readAtMost, withinTime } from "../content.ts";

export type Pushed =
  | { readonly outcome: "taken" }
  /** A retry would be refused too. */
  | { readonly outcome: "refused"; readonly why: string }
  | { readonly outcome: "failed"; readonly why: string };

/** Most milliseconds for the whole push, against receivers that never answer. */
const TIMEOUT_MS = 10_000;
/** Most bytes of a refusal that are read. */
const MOST_BYTES = 4096;

const Refusal = v.object({ err: v.string(), description: v.optional(v.string(), "") });

/** Never rejects. @param authorization that the receiver has set */
export async function pushSet(
  jws: string,
  endpoint: string,
  authorization: string | undefined,
  fetcher: (request: Request) => Promise<Response>,
): Promise<Pushed> {
  try {
    return await withinTime(TIMEOUT_MS, async (signal) => {
      const headers = {
        "content-type": "application/secevent+jwt",
        accept: "application/json",
        ...(authorization !== undefined && { authorization }),
      };
      // Redirects are refused: they could lead to an address that is not configured.
      const request = new Request(endpoint, { method: "POST", headers, body: jws, redirect: "manual", signal });
      return read(await fetcher(request));
    });
  } catch (cause) {
    return { outcome: "failed", why: cause instanceof Error ? cause.message.slice(0, 200) : "cannot be reached" };
  }
}

async function read(answer: Response): Promise<Pushed> {
  const { status, body } = answer;
  if (status === 400) return refusalOf(await readAtMost(body, MOST_BYTES));
  await body?.cancel().catch(() => undefined);
  return answer.ok ? { outcome: "taken" } : { outcome: "failed", why: `the receiver answered ${status}` };
}

/** Section 2.4: an error of the SET, or of how it was sent. */
function refusalOf(bytes: Uint8Array | undefined): Pushed {
  try {
    const { err, description } = v.parse(Refusal, JSON.parse(new TextDecoder().decode(bytes)));
    return { outcome: "refused", why: `${err} ${description}`.trim().slice(0, 200) };
  } catch {
    return { outcome: "failed", why: "the receiver answered 400 without an error of RFC 8935" };
  }
}
