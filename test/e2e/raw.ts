/** Requests as no library would write them: the request target, the header names and the Host to the letter. */
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { type CallOptions, chainNow, proofFor, type World } from "./harness.ts";

/**
 * Sent with a body that the gateway refuses to read: it then closes the connection, on which `fetch` would send the next
 * request.
 */
export const ALONE = { connection: "close" };

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface RawCall extends CallOptions {
  /** As it stands in the request line; the proof is for its path unless `proof` says otherwise. */
  readonly path: string;
  readonly host?: string;
  /** Pairs of names and values. */
  readonly lines?: readonly (readonly [string, string])[];
}

/** A request with a chain and a proof. */
export async function rawCall(world: World, options: RawCall): Promise<RawAnswer> {
  const chain = options.chain ?? (await chainNow());
  const dpop = await proofFor(world, chain, options);
  const { method = "GET", path, host, lines = [], body } = options;
  const { hostname, port } = new URL(world.url);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path: "/", setHost: false, agent: false });
    // Node refuses some targets that a peer may send.
    outgoing.path = path;
    outgoing.setHeader("host", host ?? `${hostname}:${port}`);
    outgoing.setHeader("authorization", `DPoP ${chain}`);
    outgoing.setHeader("dpop", dpop);
    for (const [name, value] of Object.entries(options.headers ?? {})) outgoing.setHeader(name, value);
    for (const [name, value] of lines) outgoing.setHeader(name, value);
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      text(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer }),
        reject,
      );
    });
    outgoing.end(body);
  });
}

/** The rule that refused a request, out of its description. */
export function ruleOf({ status, body }: RawAnswer): string {
  if (status < 400) return "passes";
  const description = body.startsWith("{")
    ? String((JSON.parse(body) as { error_description?: string }).error_description)
    : body;
  return /(\w+)\)$/.exec(description)?.[1] ?? `${status}: ${description.slice(0, 80)}`;
}
