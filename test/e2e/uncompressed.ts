/**
 * Lets `fetch` take answers as they are. Miniflare compresses them for a client that accepts it, as Cloudflare does;
 * that is a fifth of the CPU time of a request. A test that asks for an encoding gets it.
 */
import { Agent, setGlobalDispatcher } from "undici";

setGlobalDispatcher(
  new Agent().compose((dispatch) => (options, handler) => {
    const headers = options.headers as Record<string, string>;
    // What `fetch` asks for by itself.
    if (headers["accept-encoding"] !== "gzip, deflate") return dispatch(options, handler);
    return dispatch({ ...options, headers: { ...headers, "accept-encoding": "identity" } }, handler);
  }),
);
