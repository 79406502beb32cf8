/** Signs as records of the ledger, and as notices to people. Pure. */
import { type ActRecord, newAct } from "../ledger/record.ts";
import type { Noticed } from "./sign-edges.ts";

/** @param gateway its id, as the one that noticed @param now milliseconds since the epoch */
export function noticedAct({ chain, caller, signs }: Noticed, gateway: string, now: number): ActRecord {
  const { id, method, url } = chain.presentation;
  return newAct(now, {
    act: "noticed",
    by: { iss: gateway, sub: gateway },
    about: { decision: id, path: `${method} ${url.pathname}` },
    noticed: { caller, signs },
  });
}

/** Data of the CloudEvent `dev.hopgate.signs.v1`. */
export function noticedEvent({ chain, caller, signs }: Noticed): object {
  const { task, subject, actors, presentation } = chain;
  return {
    signs,
    caller,
    task: task.id,
    txn: task.txn,
    subject,
    actors,
    decision: presentation.id,
    request: { route: presentation.route.id, method: presentation.method, path: presentation.url.pathname },
  };
}
