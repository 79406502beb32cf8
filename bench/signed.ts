/** Requests of the refund service under chains of three hops, each with its proof: signed before anything is timed. */
import { type Company, serviceChain } from "../demo/company.ts";
import { presentation } from "../sdk/dpop.ts";
import type { LoadRequest } from "./load.ts";

const PATH = "/orders/17";

export interface Signing {
  readonly company: Company;
  readonly origin: string;
  readonly count: number;
  /** Requests of one task; each task has a root, a `txn` and hops of its own. */
  readonly perTask: number;
  /** Requests a second; the proof of each says that it was made when the request is meant to leave. Absent: now. */
  readonly rate?: number;
  /** Milliseconds since the epoch, of the first. */
  readonly begin?: number;
}

export async function signedRequests({ company, origin, count, perTask, rate, begin = Date.now() }: Signing) {
  const chains = await Promise.all(Array.from({ length: Math.ceil(count / perTask) }, () => serviceChain(company)));
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const moment = rate === undefined ? begin : begin + (index * 1000) / rate;
      return signedRequest(company, origin, chains[Math.floor(index / perTask)] as string, PATH, moment);
    }),
  );
}

/** @param moment milliseconds since the epoch, when the proof is made */
export async function signedRequest(
  company: Company,
  origin: string,
  chain: string,
  path = PATH,
  moment = Date.now(),
): Promise<LoadRequest> {
  const request = { key: company.service, chain, method: "GET", url: origin + path, issued: Math.floor(moment / 1000) };
  return { method: "GET", path, headers: await presentation(request) };
}

/** As many requests that nobody has to judge, of the same size. */
export function plainRequests(like: readonly LoadRequest[]): LoadRequest[] {
  return like.map(({ method, path, headers }) => ({
    method,
    path,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, "x".repeat(value.length)])),
  }));
}
