/** Sends requests over a fixed number of connections, as fast as answers come. */
import { Pool } from "undici";

export const CONNECTIONS = 16;

export interface LoadRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** Requests a second; an answer that `isRight` does not accept is an error. */
export async function load(
  origin: string,
  requests: readonly LoadRequest[],
  isRight: (text: string) => boolean,
): Promise<number> {
  const pool = new Pool(origin, { connections: CONNECTIONS });
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
        const { statusCode, body } = await pool.request({ ...request, body: request.body ?? null });
        const text = await body.text();
        if (statusCode !== 200 || !isRight(text)) throw new Error(`${origin}: ${statusCode} ${text}`);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  await pool.close();
  return requests.length / seconds;
}
