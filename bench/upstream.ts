/** Starts peers/upstream.ts, and knows what it answers. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";

export interface Upstream {
  readonly origin: string;
  stop(): Promise<void>;
}

export async function startUpstream(): Promise<Upstream> {
  const thread = new Worker(new URL("peers/upstream.ts", import.meta.url));
  const [port] = (await once(thread, "message")) as [number];
  return { origin: `http://127.0.0.1:${port}`, stop: async () => void (await thread.terminate()) };
}

/** Whether an answer is the upstream's. */
export function isOrder(text: string): boolean {
  return text === '{"order":"17"}';
}
