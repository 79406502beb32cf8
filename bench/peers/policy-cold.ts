/** What an isolate that has just started does with a policy set, bundled as the Worker is: from bytes to the first answer. */
import { authorize } from "../../worker/policy/evaluate.ts";
import { parseDocument } from "../../worker/policy/format.ts";
import { requests } from "../policy-workload.ts";

const request = requests(4, 2)[1] as ReturnType<typeof requests>[number];

/** Milliseconds. @throws Error if the answer is wrong */
export function firstAnswer(bytes: Uint8Array): number {
  const start = performance.now();
  const { policies } = parseDocument(new TextDecoder().decode(bytes));
  const { reasons } = authorize(policies, request.call, request.entities);
  const milliseconds = performance.now() - start;
  // A read from the office: by `read-1` and by `office-1`.
  if (reasons.join() !== "policy6,policy9") throw new Error(`the first answer is wrong: ${reasons.join()}`);
  return milliseconds;
}

export default {};
