/** A consumer of sealed messages on a real queue: what `hopgate/envelope` is for, with a log that tests read. */
import { queueConsumer } from "../../sdk/envelope.ts";
import type { PrivateKey } from "../../sdk/keys.ts";

interface Env {
  readonly JOBS: Queue;
  readonly GATEWAY: string;
  readonly KEY: string;
}

interface Log {
  readonly handled: { payload: string; subject: string; actors: readonly string[]; txn: string }[];
  readonly refused: { id: string; rule: string | undefined }[];
  /** How often each payload came, handled or not. */
  readonly attempts: Record<string, number>;
}
const log: Log = { handled: [], refused: [], attempts: {} };

const consume = queueConsumer<Env>(
  ({ GATEWAY, KEY }) => ({
    route: `${GATEWAY}/jobs/refunds`,
    issuer: "https://gateway.acme.example",
    audience: "https://refunds.acme.example",
    key: JSON.parse(KEY) as PrivateKey,
    delay: 1,
    refused: ({ id }, refusal) => log.refused.push({ id, rule: refusal?.rule }),
  }),
  (payload, { provenance: { subject, actors, txn } }) => {
    const attempt = (log.attempts[payload] ?? 0) + 1;
    log.attempts[payload] = attempt;
    if (payload.includes("fails once") && attempt === 1) throw new Error("the handler failed");
    log.handled.push({ payload, subject: subject.sub, actors: actors.map(({ sub }) => sub), txn });
  },
);

export default {
  async fetch(request, env) {
    if (request.method === "GET") return Response.json(log);
    await env.JOBS.send(await request.json());
    return new Response(null, { status: 202 });
  },
  queue: consume,
} satisfies ExportedHandler<Env>;
