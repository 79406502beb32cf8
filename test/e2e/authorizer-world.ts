/** The gateway of `examples/authorizer/` as other proxies ask it, with the upstream that they forward to. */
import { join } from "node:path";
import { EXAMPLES, SECRETS } from "../../local/asking-proxies.ts";
import { startWorld, type World, type WorldOptions } from "./harness.ts";

export function startAuthorizer(options: WorldOptions): Promise<World> {
  return startWorld({ base: join(EXAMPLES, "hopgate.toml"), secrets: SECRETS, ...options });
}
