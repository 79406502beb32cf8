/** For workerd, and for browsers, which import `perform`. */
import { perform, type Task } from "./portable.ts";

export { perform };

export default {
  fetch: async (request: Request): Promise<Response> => Response.json(await perform((await request.json()) as Task)),
};
