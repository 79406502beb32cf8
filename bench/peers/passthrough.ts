/** The least that a gateway can do: hono, one route, the request forwarded unchanged. */
import { Hono } from "hono";

const app = new Hono<{ Bindings: { UPSTREAM: string } }>();
app.all("*", (c) => {
  const { pathname, search } = new URL(c.req.url);
  return fetch(new Request(c.env.UPSTREAM + pathname + search, c.req.raw));
});

export default app;
