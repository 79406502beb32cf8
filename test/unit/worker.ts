/** What the unit tests' workerd is bound to: the Durable Objects, and nothing in front of them. */
export * from "../../worker/objects.ts";

export default {
  fetch: (): Response => new Response(null, { status: 404 }),
};
